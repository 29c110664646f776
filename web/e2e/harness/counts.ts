/** Adds up what tests counted, and prints it at the end of the run. */
import type { Reporter, TestCase, TestResult } from '@playwright/test/reporter';

export default class Counts implements Reporter {
  private readonly sums = new Map<string, number>();
  private readonly steps: string[] = [];

  onTestEnd({ title }: TestCase, { annotations }: TestResult): void {
    for (const { type, description } of annotations) {
      if (type === 'steps') this.steps.push(`${title}: ${description}`);
      if (!type.startsWith('count:')) continue;
      const name = type.slice('count:'.length);
      this.sums.set(name, (this.sums.get(name) ?? 0) + Number(description));
    }
  }

  onEnd(): void {
    for (const line of this.steps) console.log(line);
    for (const [name, sum] of [...this.sums].sort()) console.log(`${name}: ${sum}`);
  }

  printsToStdio(): boolean {
    return false;
  }
}
