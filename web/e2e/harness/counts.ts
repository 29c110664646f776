/** Adds up what tests counted, and prints it at the end of the run. */
import type { Reporter, TestCase, TestResult } from '@playwright/test/reporter';

export default class Counts implements Reporter {
  private readonly sums = new Map<string, number>();

  onTestEnd(_: TestCase, result: TestResult): void {
    for (const { type, description } of result.annotations) {
      if (!type.startsWith('count:')) continue;
      const name = type.slice('count:'.length);
      this.sums.set(name, (this.sums.get(name) ?? 0) + Number(description));
    }
  }

  onEnd(): void {
    for (const [name, sum] of [...this.sums].sort()) console.log(`${name}: ${sum}`);
  }

  printsToStdio(): boolean {
    return false;
  }
}
