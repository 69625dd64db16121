/**
 * Registers the service worker (see `service-worker.ts`). The first visit to a host without isolation headers has one thread; once
 * the worker is there the page is loaded again to have them all, but only while nobody has touched anything.
 */
const reloaded = "chainrule.reloaded";

export function workOffline(): void {
  if (import.meta.env.MODE === "development" || !("serviceWorker" in navigator)) return; // a private window may have none
  let isTouched = false;
  for (const event of ["pointerdown", "keydown", "drop"] as const)
    addEventListener(event, () => (isTouched = true), { once: true, capture: true });
  const { serviceWorker } = navigator;
  serviceWorker.addEventListener("controllerchange", () => {
    if (!crossOriginIsolated && !isTouched && firstTime()) location.reload();
  });
  const register = (): void => {
    serviceWorker.register(new URL("sw.js", document.baseURI)).catch(() => {}); // the page works without
  };
  if (document.readyState === "complete") register();
  else addEventListener("load", register);
}

/** Never twice in one tab: a browser that isolates no page must not load it for ever. */
function firstTime(): boolean {
  try {
    if (sessionStorage.getItem(reloaded) !== null) return false;
    sessionStorage.setItem(reloaded, "yes");
    return true;
  } catch {
    return false;
  }
}
