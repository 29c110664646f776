/** A person without a mouse: reaches controls with Tab, and counts the steps of a task.
 *
 * A step is what somebody decides: opening, choosing, typing, pressing a shortcut. Tab presses on the way there are
 * made and told, but are no steps.
 */
import { expect, type Locator, type Page, type TestInfo } from '@playwright/test';

const TABS_AT_MOST = 150;

export class Hands {
  steps = 0;
  private tabs = 0;

  constructor(
    private readonly page: Page,
    private readonly info: TestInfo,
    /** The most steps that the task may take. */
    private readonly allowed: number,
  ) {}

  /** Tabs on until the control has the focus, and shows that it has; what comes into view on the way may load. */
  async reach(target: Locator): Promise<void> {
    for (let press = 0; press <= TABS_AT_MOST; press += 1) {
      const isThere =
        (await target.count()) > 0 && (await target.first().evaluate((el) => el === document.activeElement));
      if (isThere) {
        const shows = await target.first().evaluate((el) => {
          const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(el);
          return (outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none';
        });
        expect.soft(shows, `focus can be seen on ${String(target)}`).toBe(true);
        return;
      }
      await this.page.keyboard.press('Tab');
      this.tabs += 1;
    }
    throw new Error(`${String(target)} is not reached with Tab`);
  }

  /** Pages down until it is in view: what stands further down is read when it is looked at. */
  async down(target: Locator): Promise<void> {
    for (let press = 0; press <= 20; press += 1) {
      const isSeen = (await target.count()) > 0 && (await target.first().evaluate((el) => el.getBoundingClientRect().top < innerHeight));
      if (isSeen) return;
      await this.page.keyboard.press('PageDown');
    }
    throw new Error(`${String(target)} is not reached with Page Down`);
  }

  /** Reaches a control and presses a key on it. */
  async press(target: Locator, key = 'Enter'): Promise<void> {
    await this.reach(target);
    await this.key(key);
  }

  /** A key by itself: a shortcut, or an arrow on what has the focus. */
  async key(...keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.page.keyboard.press(key);
    this.steps += 1;
  }

  /** Reaches a field and writes into it. */
  async write(target: Locator, text: string): Promise<void> {
    await this.reach(target);
    await this.page.keyboard.press('ControlOrMeta+a');
    await this.page.keyboard.type(text);
    this.steps += 1;
  }

  /** Writes into what has the focus. */
  async type(text: string): Promise<void> {
    await this.page.keyboard.type(text);
    this.steps += 1;
  }

  /** Reaches a list and chooses by the words of an option. */
  async choose(target: Locator, option: string): Promise<void> {
    await this.reach(target);
    const at = (label: string) => target.first().evaluate((el, wanted) => {
      const options = [...(el as HTMLSelectElement).options];
      return options.findIndex(({ label }) => label.startsWith(wanted)) - (el as HTMLSelectElement).selectedIndex;
    }, label);
    const away = await at(option);
    for (let i = 0; i < Math.abs(away); i += 1) await this.page.keyboard.press(away > 0 ? 'ArrowDown' : 'ArrowUp');
    expect(await at(option), `${option} is chosen`).toBe(0);
    this.steps += 1;
  }

  /** Reaches a list and chooses its last option, which may open a dialog. */
  async chooseLast(target: Locator): Promise<void> {
    await this.reach(target);
    await this.page.keyboard.press('End');
    this.steps += 1;
  }

  /** Tells how many steps it took, and refuses more than allowed. */
  done(): void {
    this.info.annotations.push({ type: 'steps', description: `${this.steps} of ${this.allowed}, ${this.tabs} tab presses` });
    this.info.annotations.push({ type: 'count:tasks by keyboard', description: '1' });
    expect(this.steps, 'steps').toBeLessThanOrEqual(this.allowed);
  }
}
