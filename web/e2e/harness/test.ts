/** `test` with the server of the worker, people who are signed in, and an ear for what a page complains of. */
import {
  type APIRequestContext,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
  request,
  test as plain,
} from '@playwright/test';

export { expect } from '@playwright/test';

export type Role =
  | 'executive'
  | 'energy_manager'
  | 'facilities'
  | 'sustainability'
  | 'asset_manager'
  | 'technician'
  | 'administrator';

export const TENANT = 'demo';

type Stored = Awaited<ReturnType<APIRequestContext['storageState']>>;

/** The simulated portfolio as a person of a role sees and asks it. */
export class Product {
  private readonly stored = new Map<Role, Promise<Stored>>();

  constructor(
    readonly origin: string,
    private readonly browser: Browser,
  ) {}

  private headers(): Record<string, string> {
    return { Origin: this.origin, 'Sec-Fetch-Site': 'same-origin', 'Aegrid-Tenant': TENANT };
  }

  /** Cookies of a role; one sign-in for each, kept. */
  signedIn(role: Role): Promise<Stored> {
    const known = this.stored.get(role);
    if (known) return known;
    const fresh = (async () => {
      const api = await request.newContext({ baseURL: this.origin, extraHTTPHeaders: this.headers() });
      const answer = await api.post('/api/energy/session', { data: { demo_role: role } });
      if (!answer.ok()) throw new Error(`sign-in as ${role}: ${answer.status()} ${await answer.text()}`);
      const stored = await api.storageState();
      await api.dispose();
      return stored;
    })();
    this.stored.set(role, fresh);
    return fresh;
  }

  /** A sign-in of its own, for what ends sessions or changes what a person prefers. */
  forget(role: Role): void {
    this.stored.delete(role);
  }

  /** The API as a person of a role. */
  async api(role: Role): Promise<APIRequestContext> {
    return request.newContext({
      baseURL: this.origin,
      extraHTTPHeaders: this.headers(),
      storageState: await this.signedIn(role),
    });
  }

  /** An answer of the API. */
  async ask<T>(path: string, role: Role = 'energy_manager'): Promise<T> {
    const api = await this.api(role);
    try {
      const answer = await api.get(path);
      if (!answer.ok()) throw new Error(`GET ${path}: ${answer.status()} ${await answer.text()}`);
      return (await answer.json()) as T;
    } finally {
      await api.dispose();
    }
  }

  /** A window of a person of a role, on this server. */
  async window(role: Role | undefined, options: BrowserContextOptions = {}): Promise<BrowserContext> {
    const context = await this.browser.newContext({
      baseURL: this.origin,
      locale: 'en-AU',
      timezoneId: 'Australia/Melbourne',
      ...(role === undefined ? {} : { storageState: await this.signedIn(role) }),
      ...options,
    });
    await context.addInitScript(() => {
      addEventListener('securitypolicyviolation', (event) => {
        console.error(`CSP: ${event.violatedDirective} refused ${event.blockedURI} (${event.sourceFile}:${event.lineNumber})`);
      });
    });
    return context;
  }
}

/** What a page complained of, by kind. */
export class Complaints {
  readonly console: string[] = [];
  readonly csp: string[] = [];

  constructor(page: Page) {
    page.on('console', (message) => {
      if (message.type() !== 'error') return;
      const text = `${message.text()} [${message.location().url}]`;
      // Chromium tells the same violation in its own words as well.
      if (/^CSP: |Content Security Policy/.test(text)) this.csp.push(text);
      else this.console.push(text);
    });
    page.on('pageerror', (error) => this.console.push(`uncaught: ${error.stack ?? error.message}`));
  }
}

export const test = plain.extend<object, { product: Product }>({
  product: [
    async ({ browser }, use, workerInfo) => {
      const origin = (process.env['AEGRID_TEST_ORIGINS'] ?? '').split(' ')[workerInfo.parallelIndex];
      if (!origin) throw new Error('harness/setup.ts started no server for this worker');
      await use(new Product(origin, browser));
    },
    { scope: 'worker' },
  ],
});
