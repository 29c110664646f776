/** The simulated portfolio as a person of a role sees and asks it. */
import { type APIRequestContext, type Browser, type BrowserContext, type BrowserContextOptions, request } from '@playwright/test';

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

/** One running server, and its people. */
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
