/**
 * The page's service worker: after the first visit the page works offline, and on a host that sends no isolation headers its
 * documents and workers get them here, so that training may use several threads. The page itself is asked for anew whenever there
 * is a network; all else has a name that changes with its content, and is taken from the cache.
 */

/** What is used of the service worker's global scope; TypeScript's own description of it and that of a page exclude each other. */
interface Scope {
  readonly registration: { readonly scope: string };
  readonly clients: { claim(): Promise<void> };
  addEventListener(type: "install" | "activate", listener: (event: Extendable) => void): void;
  addEventListener(type: "fetch", listener: (event: Extendable & Fetching) => void): void;
}
interface Extendable {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetching {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}

/** The built files and a hash of them all; the build puts them here. */
declare const __BUILT__: { readonly files: readonly string[]; readonly version: string };

const scope = globalThis as unknown as Scope;
const home = scope.registration.scope;
const { files, version } = __BUILT__;
/** Another copy of the page in another folder of the host has caches of its own. */
const ours = `chainrule ${home} `;
const cacheName = ours + version;
const known = new Set(files.map((file) => new URL(file, home).href));
const index = new URL("index.html", home).href;
const datasets = new URL("data/index.json", home).href; // none on a host of files
/** What may change without another name, and what stands in for it without a network. */
const changing = new Map([
  [home, index],
  [index, index],
  [datasets, datasets],
]);

scope.addEventListener("install", (event) => {
  const requests = [...known].map((url) => new Request(url, { cache: "no-cache" }));
  event.waitUntil(caches.open(cacheName).then((cache) => cache.addAll(requests)));
});

scope.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => names.filter((name) => name.startsWith(ours) && name !== cacheName))
      .then((old) => Promise.all(old.map((name) => caches.delete(name))))
      .then(() => scope.clients.claim()),
  );
});

scope.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  const url = origin + pathname;
  if (request.method !== "GET") return;
  const kept = changing.get(url);
  if (kept !== undefined) event.respondWith(fresh(request, kept).then(isolated));
  else if (known.has(url)) event.respondWith(cached(url, request).then(isolated));
});

async function fresh(request: Request, kept: string): Promise<Response> {
  try {
    const response = await fetch(request);
    if (response.ok) return response;
  } catch {
    // offline
  }
  return cached(kept, request);
}

async function cached(url: string, request: Request): Promise<Response> {
  const cache = await caches.open(cacheName);
  return (await cache.match(url)) ?? fetch(request);
}

function isolated(response: Response): Response {
  const headers = new Headers(response.headers);
  headers.set("cross-origin-opener-policy", "same-origin");
  headers.set("cross-origin-embedder-policy", "require-corp");
  headers.set("cross-origin-resource-policy", "same-origin");
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
