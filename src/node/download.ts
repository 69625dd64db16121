/** One large file over HTTP: what has arrived stays beside the target as `.part`, and the next try goes on from there. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, rename, rm, rmdir, stat, truncate } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { lockFile } from "./files.ts";
import { UserError } from "./user-mistake.ts";

export interface DownloadOptions {
  readonly md5?: string; // expected, 32 hexadecimal digits
  readonly connectMs?: number; // give up when no answer has come; default 4,000
  readonly stallMs?: number; // break off when fewer than 16 KB have come in this time; default 15,000
  readonly mostBytes?: number; // a larger file is refused; default: any size
  readonly attempts?: number; // tries in a row that bring nothing new; default 3
  readonly pauseMs?: number; // before the second try, doubled before each next; default 500
  readonly onProgress?: (received: number, total: number | undefined) => void; // bytes
  readonly onMessage?: (line: string) => void; // a broken connection, a restart
}

/** Bytes that must come within `stallMs`, or between two broken connections, for a download to count as moving. */
const leastProgress = 16 * 1024;

/** The address did not answer, or the connection kept breaking. */
export class NetworkError extends UserError {
  override name = "NetworkError";
}

/**
 * Downloads `url` to `path`, which appears only when complete and, with `md5`, when its checksum is right. A broken or
 * stalled connection is taken up again where it broke (HTTP Range); so is a `.part` left by an earlier run. Only one process at a
 * time writes a `.part`.
 *
 * @throws {NetworkError} when nothing answers within `connectMs`, or `attempts` tries in a row bring less than 16 KB each
 * @throws {UserError} before any connection for an address that is not http(s), an `md5` that is none, or a path that another
 *   process is downloading to; for an answer like 404; for a file that is too large or has a wrong checksum, which is removed
 */
export async function download(url: string, path: string, options: DownloadOptions = {}): Promise<void> {
  const { md5 } = options;
  if (!/^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : ""))
    throw new UserError(`cannot download ${url}: expected an address that starts with http:// or https://`);
  if (md5 !== undefined) checkMd5(md5);
  const part = `${path}.part`;
  const release = await lock(part);
  try {
    await fetchWhole(url, part, options);
    const found = md5 === undefined ? undefined : await md5Of(part);
    if (found !== md5?.toLowerCase()) {
      await rm(part, { force: true });
      throw new UserError(`${url}: expected a file with MD5 ${md5}, got ${found}; it was removed, download it again`);
    }
    await rename(part, path);
  } finally {
    await release();
  }
}

/** @throws {UserError} unless it is 32 hexadecimal digits */
export function checkMd5(md5: string): void {
  if (!/^[\da-f]{32}$/i.test(md5))
    throw new UserError(`expected an MD5 checksum of 32 hexadecimal digits, got "${md5}"`);
}

/**
 * Keeps other processes away from `part`, by a file beside it that names this one.
 * @returns what ends that, and removes the folders made for it while they are empty
 */
async function lock(part: string): Promise<() => Promise<void>> {
  const path = `${part}.lock`;
  const made = await mkdir(dirname(path), { recursive: true });
  const unlock = await lockFile(
    path,
    { idleMs: 3_600_000, namelessMs: 3_600_000 },
    (owner) => new UserError(`${part}: process ${owner} is downloading to it; wait for it, or remove ${path}`),
  );
  return async () => {
    await unlock();
    for (let folder = dirname(path); made && folder.length >= made.length; folder = dirname(folder))
      await rmdir(folder).catch(() => {}); // something has been put there
  };
}

/** Connects again and again, until the part is complete. */
async function fetchWhole(url: string, part: string, options: DownloadOptions): Promise<void> {
  const { attempts = 3, pauseMs = 500, onMessage } = options;
  let best = await sizeOf(part);
  let hasAnswered = false;
  for (let failures = 0; ; ) {
    try {
      await attempt(url, part, options, () => {
        hasAnswered = true;
      });
      break;
    } catch (error) {
      if (error instanceof UserError) throw error;
      const size = await sizeOf(part);
      failures = size >= best + leastProgress ? 0 : failures + 1;
      best = Math.max(best, size);
      const reason = reasonOf(error);
      if (!hasAnswered || failures >= attempts) throw new NetworkError(`cannot download ${url}: ${reason}`);
      onMessage?.(`connection lost (${reason}); trying to go on`);
      await sleep(pauseMs * 2 ** failures);
    }
  }
}

/** One connection; returns when the part is complete, throws what broke it otherwise. */
async function attempt(
  url: string,
  part: string,
  { connectMs = 4000, stallMs = 15_000, mostBytes = Number.POSITIVE_INFINITY, onProgress, onMessage }: DownloadOptions,
  onAnswer: () => void,
): Promise<void> {
  const abort = new AbortController();
  const timer = watchdog(abort);
  timer.start(connectMs, "no answer");
  try {
    let start = await sizeOf(part);
    const response = await fetch(url, {
      signal: abort.signal,
      headers: { "Accept-Encoding": "identity", ...(start > 0 ? { Range: `bytes=${start}-` } : {}) },
    });
    onAnswer();
    const [, from, whole] = /^bytes (?:(\d+)-\d+|\*)\/(\d+)$/.exec(response.headers.get("content-range") ?? "") ?? [];
    if (response.status === 416 && whole !== undefined) {
      if (Number(whole) === start) return; // the last run had everything but the rename
      await truncate(part, 0);
      throw new Error(`the server has ${whole} bytes, the part ${start}`);
    }
    if (response.status >= 500) throw new Error(`the server answered ${response.status}`);
    if (!response.ok || !response.body)
      throw new UserError(`cannot download ${url}: the server answered ${response.status} ${response.statusText}`);
    if (start > 0 && !(response.status === 206 && Number(from) === start)) {
      onMessage?.("the server cannot go on from the middle; starting again");
      await truncate(part, 0);
      start = 0;
    }
    const length = response.headers.get("content-length");
    const total = length === null ? undefined : start + Number(length);
    const file = await open(part, "a");
    try {
      let received = start;
      let counted = start; // when the watchdog was last satisfied
      const checkSize = async (bytes: number): Promise<void> => {
        if (bytes <= mostBytes) return;
        await truncate(part, 0);
        throw new UserError(
          `cannot download ${url}: expected at most ${mostBytes} bytes, got ${bytes}; it was removed`,
        );
      };
      await checkSize(total ?? received);
      onProgress?.(received, total);
      timer.start(stallMs, "hardly any data");
      const reader = response.body.getReader();
      for (let next = await reader.read(); !next.done; next = await reader.read()) {
        const chunk = next.value;
        await checkSize(received + chunk.length);
        await file.writeFile(chunk); // the whole chunk, on a nearly full disk too
        received += chunk.length;
        onProgress?.(received, total);
        if (received < counted + leastProgress) continue;
        counted = received;
        timer.start(stallMs, "hardly any data");
      }
      if (total !== undefined && received !== total) throw new Error(`got ${received} of ${total} bytes`);
    } finally {
      timer.stop();
      await file.close();
    }
  } finally {
    timer.stop();
  }
}

/** Aborts when nothing restarts it in time. */
function watchdog(abort: AbortController): { start(ms: number, what: string): void; stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => clearTimeout(timer);
  const start = (ms: number, what: string): void => {
    stop();
    timer = setTimeout(() => abort.abort(new Error(`${what} for ${ms / 1000} s`)), ms);
  };
  return { start, stop };
}

/** The MD5 checksum of a file, 32 hexadecimal digits. */
export async function md5Of(path: string): Promise<string> {
  const hash = createHash("md5");
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest("hex");
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

const networkReasons: Readonly<Record<string, string>> = {
  ENOTFOUND: "the name cannot be resolved (no network?)",
  EAI_AGAIN: "the name cannot be resolved (no network?)",
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset",
  ENETUNREACH: "network unreachable",
  EHOSTUNREACH: "host unreachable",
  UND_ERR_SOCKET: "the other side closed the connection",
  UND_ERR_CONNECT_TIMEOUT: "no answer",
};

/** `fetch failed` says nothing; its cause does. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  return networkReasons[code] ?? (cause instanceof Error ? cause.message || code : String(cause));
}
