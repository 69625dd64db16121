/** What stays in the browser: runs, in IndexedDB. Where that is forbidden, nothing stays, and `canStore` says so. */
const store = "runs";
let opened: Promise<IDBDatabase> | undefined;

function open(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open("chainrule", 1);
    request.onupgradeneeded = () => void request.result.createObjectStore(store);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("another tab holds an older version of the storage"));
  });
  return opened;
}

async function ask<T>(mode: IDBTransactionMode, what: (s: IDBObjectStore) => IDBRequest<T>): Promise<T> {
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

export function put(key: string, value: unknown): Promise<unknown> {
  return ask("readwrite", (s) => s.put(value, key));
}

export function list<T>(): Promise<T[]> {
  return ask("readonly", (s) => s.getAll());
}

export function remove(key: string): Promise<unknown> {
  return ask("readwrite", (s) => s.delete(key));
}
