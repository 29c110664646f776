/** Decisions about an upload, kept on this device until it is loaded, so that a reload loses nothing. */
import type { Draft } from './decisions';

const PREFIX = 'aegrid:upload:';

export function keepDraft(id: string, draft: Draft): void {
  try {
    localStorage.setItem(PREFIX + id, JSON.stringify(draft));
  } catch {
    // Private windows keep nothing; the page still holds it.
  }
}

export function keptDraft(id: string): Draft | undefined {
  try {
    const text = localStorage.getItem(PREFIX + id);
    return text === null ? undefined : (JSON.parse(text) as Draft);
  } catch {
    return undefined;
  }
}

export function dropDraft(id: string): void {
  try {
    localStorage.removeItem(PREFIX + id);
  } catch {
    // Nothing was kept.
  }
}
