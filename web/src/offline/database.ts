/** What this browser keeps of the app, in IndexedDB: its shape, and promises around its events. */
import type { KeptSite } from './kept-sites';
import type { Waiting } from './outbox';

const NAME = 'aegrid-offline';
const VERSION = 1;

/** Store -> what lies in it. `facts` holds single values by a name. */
export interface Stores {
  readonly sites: KeptSite;
  readonly outbox: Waiting;
  readonly facts: Fact;
}
export interface Fact {
  readonly name: string;
  readonly account: string;
  readonly value: unknown;
}
export type StoreName = keyof Stores;

/** Opens it, or makes it. Rejects where the browser keeps nothing (some private windows). */
export function openDatabase(factory: IDBFactory, name = NAME): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = factory.open(name, VERSION);
    request.onupgradeneeded = () => {
      const db = request.result;
      db.createObjectStore('sites', { keyPath: ['account', 'tenant', 'site'] });
      db.createObjectStore('outbox', { keyPath: 'key' });
      db.createObjectStore('facts', { keyPath: 'name' });
    };
    request.onsuccess = () => {
      const db = request.result;
      // Another tab brings a newer shape: it must not wait for this one.
      db.onversionchange = () => db.close();
      resolve(db);
    };
    request.onerror = () => reject(request.error ?? new Error('no database'));
  });
}

const answered = <Value>(request: IDBRequest<Value>): Promise<Value> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('refused'));
  });

/** One store inside one transaction. */
export interface Store<Name extends StoreName> {
  readonly all: () => Promise<Stores[Name][]>;
  readonly get: (key: IDBValidKey) => Promise<Stores[Name] | undefined>;
  readonly put: (value: Stores[Name]) => Promise<unknown>;
  readonly remove: (key: IDBValidKey) => Promise<unknown>;
}

/** Reads and writes of one store that happen all or not at all; resolves when they are on the disk. */
export async function within<Name extends StoreName, Result>(
  db: IDBDatabase,
  name: Name,
  work: (store: Store<Name>) => Promise<Result>,
): Promise<Result> {
  // "strict": what was typed must outlive a telephone whose battery dies now.
  const transaction = db.transaction(name, 'readwrite', { durability: 'strict' });
  const ended = new Promise<void>((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error('aborted'));
  });
  const store = transaction.objectStore(name);
  try {
    const result = await work({
      all: () => answered(store.getAll()),
      get: (key) => answered(store.get(key)),
      put: (value) => answered(store.put(value)),
      remove: (key) => answered(store.delete(key)),
    });
    await ended;
    return result;
  } catch (reason) {
    ended.catch(() => undefined);
    // Already gone where a request failed.
    if (transaction.error === null) transaction.abort();
    throw reason;
  }
}

/** Removes what a test holds for; answers how many rows went. */
export const removeWhere = <Name extends StoreName>(
  db: IDBDatabase,
  name: Name,
  isGone: (value: Stores[Name]) => boolean,
): Promise<number> =>
  within(db, name, async (store) => {
    const gone = (await store.all()).filter(isGone);
    await Promise.all(gone.map((value) => store.remove(keyOf(name, value))));
    return gone.length;
  });

function keyOf<Name extends StoreName>(name: Name, value: Stores[Name]): IDBValidKey {
  if (name === 'sites') {
    const { account, tenant, site } = value as KeptSite;
    return [account, tenant, site];
  }
  return name === 'outbox' ? (value as Waiting).key : (value as Fact).name;
}
