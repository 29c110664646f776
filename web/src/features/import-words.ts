/** The state of a load as a mark. */
const TONES: Readonly<Record<string, 'good' | 'warn' | 'bad'>> = {
  done: 'good',
  partial: 'warn',
  refused: 'bad',
  failed: 'bad',
  running: 'warn',
};

/** Anything else, taken back above all, is neither good nor bad. */
export const importTone = (status: string): 'good' | 'warn' | 'bad' | 'plain' => TONES[status] ?? 'plain';
