import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { download, NetworkError } from "./download.ts";
import { thisProcess } from "./files.ts";
import { UserError } from "./user-mistake.ts";

const content = randomBytes(200_000);
const md5 = createHash("md5").update(content).digest("hex");
let received = 0; // bytes the client has seen
const quick = {
  ...{ connectMs: 5000, stallMs: 1000, pauseMs: 1, md5 },
  onProgress: (bytes: number) => {
    received = bytes;
  },
};

let folder: string;
let path: string;
let server: Server;
let url: string;
let ranges: (string | undefined)[];
let answer: (request: IncomingMessage, response: ServerResponse, count: number) => void;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "chainrule-"));
  path = join(folder, "deep", "file.bin");
  ranges = [];
  received = 0;
  server = createServer((request, response) => {
    ranges.push(request.headers.range);
    answer(request, response, ranges.length);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/file.bin`;
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

/** Answers as a server should, ranges included; once the client has `sent` of the bytes, `then` happens. */
function send(request: IncomingMessage, response: ServerResponse, sent = content.length, then?: () => void): void {
  const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
  if (start >= content.length) {
    response.writeHead(416, { "Content-Range": `bytes */${content.length}` }).end();
    return;
  }
  response.writeHead(start > 0 ? 206 : 200, {
    "Content-Length": content.length - start,
    ...(start > 0 ? { "Content-Range": `bytes ${start}-${content.length - 1}/${content.length}` } : {}),
  });
  response.write(content.subarray(start, start + sent));
  if (!then) {
    response.end();
    return;
  }
  const timer = setInterval(() => {
    if (received < Math.min(content.length, start + sent)) return;
    clearInterval(timer);
    then();
  }, 2);
}

test("downloads a file and reports progress up to its size", async () => {
  answer = (request, response) => send(request, response);
  const seen: [number, number | undefined][] = [];
  await download(url, path, { ...quick, onProgress: (...progress) => seen.push(progress) });
  expect(readFileSync(path).equals(content)).toBe(true);
  expect(seen[0]).toEqual([0, content.length]);
  expect(seen.at(-1)).toEqual([content.length, content.length]);
  expect(existsSync(`${path}.part`)).toBe(false);
});

test("a connection that breaks is taken up where it broke", async () => {
  answer = (request, response, count) =>
    count < 4 ? send(request, response, 60_000, () => response.destroy()) : send(request, response);
  const messages: string[] = [];
  await download(url, path, { ...quick, onMessage: (line) => messages.push(line) });
  expect(readFileSync(path).equals(content)).toBe(true);
  expect(ranges).toEqual([undefined, "bytes=60000-", "bytes=120000-", "bytes=180000-"]);
  expect(messages.length).toBe(3);
});

test("a connection that stalls is broken off and taken up again", async () => {
  answer = (request, response, count) =>
    count === 1 ? send(request, response, 50_000, () => {}) : send(request, response);
  const messages: string[] = [];
  await download(url, path, { ...quick, onMessage: (line) => messages.push(line) });
  expect(readFileSync(path).equals(content)).toBe(true);
  expect(ranges).toEqual([undefined, "bytes=50000-"]);
  expect(messages).toEqual(["connection lost (hardly any data for 1 s); trying to go on"]);
});

test("what an earlier run left is not fetched again", async () => {
  answer = (request, response) => send(request, response);
  path = join(folder, "file.bin");
  writeFileSync(`${path}.part`, content.subarray(0, 150_000));
  await download(url, path, quick);
  expect(readFileSync(path).equals(content)).toBe(true);
  writeFileSync(`${path}.part`, content); // complete, only the rename was missing
  await download(url, path, quick);
  expect(ranges).toEqual(["bytes=150000-", "bytes=200000-"]);
});

test("a part longer than the file starts again", async () => {
  answer = (request, response) => send(request, response);
  path = join(folder, "file.bin");
  writeFileSync(`${path}.part`, Buffer.concat([content, content]));
  await download(url, path, quick);
  expect(readFileSync(path).equals(content)).toBe(true);
});

test("a server without ranges starts again from the beginning", async () => {
  answer = (request, response, count) => {
    delete request.headers.range;
    if (count === 1) send(request, response, 60_000, () => response.destroy());
    else send(request, response);
  };
  await download(url, path, quick);
  expect(readFileSync(path).equals(content)).toBe(true);
});

test("a wrong checksum is named, and nothing is left", async () => {
  answer = (request, response) => send(request, response);
  const wrong = download(url, path, { ...quick, md5: "0".repeat(32) });
  await expect(wrong).rejects.toThrow(`expected a file with MD5 ${"0".repeat(32)}, got ${md5}`);
  expect([existsSync(path), existsSync(`${path}.part`)]).toEqual([false, false]);
});

test("gives up when tries in a row bring nothing, and keeps what came", async () => {
  answer = (request, response, count) =>
    count === 1 ? send(request, response, 60_000, () => response.destroy()) : response.destroy();
  await expect(download(url, path, quick)).rejects.toThrow(NetworkError);
  expect(ranges.length).toBe(4);
  expect(readFileSync(`${path}.part`).length).toBe(60_000);
});

test("a server that never answers is given up after connectMs", async () => {
  answer = () => {};
  const silent = download(url, path, { ...quick, connectMs: 100 });
  await expect(silent).rejects.toThrow(`cannot download ${url}: no answer for 0.1 s`);
  expect(existsSync(join(folder, "deep"))).toBe(false);
});

test("no server, an answer like 404, and an address that is none", async () => {
  answer = (_, response) => response.writeHead(404).end();
  await expect(download(url, path, quick)).rejects.toThrow("the server answered 404 Not Found");
  await expect(download(url, path, quick)).rejects.toBeInstanceOf(UserError);
  await expect(download("http://127.0.0.1:49151/x", path, quick)).rejects.toThrow(NetworkError);
  for (const address of ["no address", "file:///tmp/x"])
    await expect(download(address, path, quick)).rejects.toThrow(
      `cannot download ${address}: expected an address that`,
    );
  expect(existsSync(join(folder, "deep"))).toBe(false);
});

test("a server's passing trouble is waited out", async () => {
  answer = (request, response, count) => (count === 1 ? response.writeHead(503).end() : send(request, response));
  await download(url, path, quick);
  expect(readFileSync(path).equals(content)).toBe(true);
});

test("a server that only trickles is broken off, and given up in the end", async () => {
  answer = (request, response) => {
    send(request, response, 100, () => {});
    const timer = setInterval(() => response.write(content.subarray(100, 110)), 20);
    response.on("close", () => clearInterval(timer));
  };
  const started = Date.now();
  await expect(download(url, path, { ...quick, stallMs: 200 })).rejects.toThrow("hardly any data for 0.2 s");
  expect(Date.now() - started).toBeLessThan(5000);
  expect(ranges).toHaveLength(3);
});

test("a file that is too large is refused, announced or not, and nothing of it is left", async () => {
  for (const announce of [true, false]) {
    answer = (request, response) => (announce ? send(request, response) : response.end(content));
    await expect(download(url, path, { ...quick, mostBytes: 199_999 })).rejects.toThrow(
      /expected at most 199999 bytes, got \d+; it was removed/,
    );
    expect(existsSync(`${path}.part`) ? readFileSync(`${path}.part`).length : 0).toBe(0);
  }
});

test("one process at a time: another's lock is named, a dead one's is taken over", async () => {
  answer = (request, response) => send(request, response);
  mkdirSync(dirname(path));
  writeFileSync(`${path}.part.lock`, thisProcess);
  await expect(download(url, path, quick)).rejects.toThrow(`process ${thisProcess} is downloading to it; wait for it`);
  expect(ranges).toEqual([]);
  writeFileSync(`${path}.part.lock`, thisProcess.replace(/-\d+$/, "-99999999"));
  await download(url, path, quick);
  expect(readdirSync(dirname(path))).toEqual(["file.bin"]);
});

test("a checksum that is none is refused before any connection", async () => {
  answer = (request, response) => send(request, response);
  await expect(download(url, path, { ...quick, md5: "c32a" })).rejects.toThrow(
    'expected an MD5 checksum of 32 hexadecimal digits, got "c32a"',
  );
  expect(ranges).toEqual([]);
});
