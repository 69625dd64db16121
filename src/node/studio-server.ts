/**
 * Serves the built page to this machine only. With isolation headers, so that the page may train on several threads, and a policy
 * that lets nothing run but the page's own scripts. Under `/data/` it serves the datasets of one folder, and nothing else of it:
 *
 *     /data/index.json            [{ "name", "files": [{ "name", "bytes" }] }]
 *     /data/NAME/FILE             a file of a dataset, as `chainrule data import` or the official CIFAR-10 archive lays it out
 */
import { createReadStream } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, extname, join } from "node:path";
import { isDatasetFolder, isInside } from "./dataset-folder.ts";
import { UserError } from "./user-mistake.ts";

export interface StudioOptions {
  /** The built page. */
  readonly folder: string;
  /** 0 for one that is free. */
  readonly port: number;
  /** A dataset, or a folder of datasets. Default: none. */
  readonly dataDir?: string | undefined;
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".json": "application/json; charset=utf-8",
  ".webmanifest": "application/manifest+json",
};

/** What the page may load and run: its own files, and nothing else. */
export const pagePolicy: readonly string[] = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "media-src 'self' blob:",
  "connect-src 'self'",
  "worker-src 'self' blob:",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
];

const policy = [...pagePolicy, "frame-ancestors 'none'"].join("; "); // the last one counts in a header only

const headers = {
  "content-security-policy": policy,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-resource-policy": "same-origin",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cache-control": "no-cache",
};

/**
 * @returns the listening server and its address
 * @throws {UserError} where the page is not built, the folder of data is missing, or the port is taken
 */
export async function serveStudio({ folder, port, dataDir }: StudioOptions): Promise<{ server: Server; url: string }> {
  const root = await realpath(folder).catch(() => undefined);
  if (root === undefined || !(await isFile(join(root, "index.html"))))
    throw new UserError(
      `studio: the page is not built (expected ${join(folder, "index.html")}); run \`npm run build\``,
    );
  const datasets = dataDir === undefined ? new Map<string, string>() : await findDatasets(dataDir);
  const server = createServer((request, response) => {
    answer(request, response, root, datasets).catch(() => {
      if (response.headersSent) response.destroy();
      else refuse(response, 500, "the file cannot be read");
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        error.code === "EADDRINUSE" || error.code === "EACCES"
          ? new UserError(`studio: port ${port} cannot be used (${error.code}); choose another, or leave out --port`)
          : error,
      ),
    );
    server.listen(port, "127.0.0.1", resolve);
  });
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

/** Folders with a dataset, by name: the folder itself, or those in it. */
async function findDatasets(dataDir: string): Promise<Map<string, string>> {
  const root = await realpath(dataDir).catch(() => {
    throw new UserError(`studio: ${dataDir}: no such folder`);
  });
  if (!(await stat(root)).isDirectory()) throw new UserError(`studio: ${dataDir}: expected a folder`);
  if (await isDatasetFolder(root)) return new Map([[basename(root), root]]);
  const found = new Map<string, string>();
  for (const entry of await readdir(root, { withFileTypes: true })) {
    const inside = join(root, entry.name);
    if (entry.isDirectory() && (await isDatasetFolder(inside))) found.set(entry.name, inside);
  }
  if (found.size === 0)
    throw new UserError(
      `studio: ${dataDir}: expected a dataset as \`chainrule data import\` makes it, or a folder of datasets, got neither`,
    );
  return found;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  root: string,
  datasets: ReadonlyMap<string, string>,
): Promise<void> {
  // Another site's name may be made to lead here; a browser then says so.
  const { host = "" } = request.headers;
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(host))
    return refuse(response, 421, "this server answers to localhost only");
  if (request.method !== "GET" && request.method !== "HEAD") return refuse(response, 405, "GET and HEAD only");
  const path = pathOf(request.url ?? "/");
  if (path === undefined) return refuse(response, 400, "not a path");
  if (path === "/data/index.json") return sendJson(request, response, await describe(datasets));
  const [, name, file] = /^\/data\/([^/]+)\/([^/]+)$/.exec(path) ?? [];
  if (name !== undefined && file !== undefined) {
    const folder = datasets.get(name);
    const isListed = folder !== undefined && (await filesOf(folder)).some((one) => one.name === file);
    return isListed ? send(request, response, folder, join(folder, file)) : refuse(response, 404, "no such file");
  }
  return send(request, response, root, join(root, path === "/" ? "index.html" : path));
}

/** Decoded, without its query; undefined for what leads out or is no path. */
function pathOf(url: string): string | undefined {
  try {
    const path = decodeURIComponent(url.split(/[?#]/)[0]!);
    return path.startsWith("/") && !/(^|[/\\])\.\.([/\\]|$)|[\0\\]/.test(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

/** Sends a file, if it really lies in `folder`: links that lead out are not followed. */
async function send(request: IncomingMessage, response: ServerResponse, folder: string, path: string): Promise<void> {
  const real = await realpath(path).catch(() => undefined);
  const found = real !== undefined && isInside(real, folder) ? await stat(real) : undefined;
  if (real === undefined || !found?.isFile()) return refuse(response, 404, "no such file");
  const type = types[extname(real)] ?? "application/octet-stream";
  response.writeHead(200, { ...headers, "content-type": type, "content-length": found.size });
  if (request.method === "HEAD") {
    response.end();
    return;
  }
  await new Promise<void>((resolve, reject) => {
    createReadStream(real).on("error", reject).pipe(response).on("finish", resolve).on("close", resolve);
  });
}

function sendJson(request: IncomingMessage, response: ServerResponse, value: unknown): void {
  response.writeHead(200, { ...headers, "content-type": types[".json"]! });
  response.end(request.method === "HEAD" ? undefined : JSON.stringify(value));
}

function refuse(response: ServerResponse, status: number, why: string): void {
  response.writeHead(status, { ...headers, "content-type": "text/plain; charset=utf-8" }).end(`${why}\n`);
}

async function describe(datasets: ReadonlyMap<string, string>): Promise<unknown> {
  return Promise.all([...datasets].map(async ([name, folder]) => ({ name, files: await filesOf(folder) })));
}

/** The files that belong to a dataset. */
async function filesOf(folder: string): Promise<{ name: string; bytes: number }[]> {
  const names = (await readdir(folder)).filter((name) =>
    /^((data|test)_batch[\w.-]*\.bin|dataset\.json|batches\.meta[\w.-]*\.txt)$/.test(name),
  );
  const files = await Promise.all(names.map(async (name) => ({ name, bytes: (await stat(join(folder, name))).size })));
  return files.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
