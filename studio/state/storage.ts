/** What stays in the browser: runs and datasets, in IndexedDB. Where that is forbidden, nothing stays, and `canStore` says so. */
export type StoreName = "runs" | "datasets";

const version = 1;
let opened: Promise<IDBDatabase> | undefined;

function open(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open("chainrule", version);
    request.onupgradeneeded = () => {
      for (const name of ["runs", "datasets"]) request.result.createObjectStore(name);
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("another tab holds an older version of the storage"));
  });
  return opened;
}

async function ask<T>(
  store: StoreName,
  mode: IDBTransactionMode,
  what: (s: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const database = await open();
  return new Promise((resolve, reject) => {
    const request = what(database.transaction(store, mode).objectStore(store));
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

export async function canStore(): Promise<boolean> {
  return open().then(
    () => true,
    () => false,
  );
}

export function put(store: StoreName, key: string, value: unknown): Promise<unknown> {
  return ask(store, "readwrite", (s) => s.put(value, key));
}

export function get<T>(store: StoreName, key: string): Promise<T | undefined> {
  return ask(store, "readonly", (s) => s.get(key));
}

export function list<T>(store: StoreName): Promise<T[]> {
  return ask(store, "readonly", (s) => s.getAll());
}

export function remove(store: StoreName, key: string): Promise<unknown> {
  return ask(store, "readwrite", (s) => s.delete(key));
}
