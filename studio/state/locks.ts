/** Names that one tab at a time can hold, until it lets go or its page goes away. */

/** @returns how to let go, or undefined when another tab holds it; where there are no locks, everyone gets it */
export function hold(name: string): Promise<(() => void) | undefined> {
  return new Promise((resolve) => {
    const locks = (navigator as { locks?: LockManager }).locks; // only on https and localhost
    if (!locks) return resolve(() => {});
    const held = locks.request(name, { ifAvailable: true }, (lock) => {
      if (lock) return new Promise<void>((letGo) => resolve(letGo));
      resolve(undefined);
      return undefined;
    });
    held.catch(() => resolve(() => {}));
  });
}

/** What tabs of this site hold now. */
export async function heldNames(): Promise<ReadonlySet<string>> {
  const found = await (navigator as { locks?: LockManager }).locks?.query().catch(() => undefined);
  return new Set((found?.held ?? []).flatMap(({ name }) => name ?? []));
}
