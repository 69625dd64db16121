/** A search over several workers and a Redis of our own: workers killed and paused, Redis down and up again. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { emptyFolder, spawnChainrule, startChainrule } from "../command.ts";

const hasRedis = spawnSync("redis-server", ["--version"]).status === 0;
const where = hasRedis ? "" : " (skipped: no redis-server here)";
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

async function startRedis(folder: string, port: number, ...more: string[]): Promise<ChildProcess> {
  const args = [
    "--port",
    String(port),
    "--bind",
    "127.0.0.1",
    "--dir",
    folder,
    "--appendonly",
    "yes",
    "--save",
    "",
    ...more,
  ];
  const redis = spawn("redis-server", args, { stdio: ["ignore", "pipe", "inherit"] });
  children.push(redis);
  await new Promise<void>((ready) =>
    redis.stdout!.on("data", (text) => /Ready to accept/.test(String(text)) && ready()),
  );
  return redis;
}

const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

function exitOf(child: ChildProcess): Promise<{ code: number | null; stderr: string }> {
  let stderr = "";
  child.stderr!.on("data", (text) => (stderr += text));
  child.stdout!.on("data", () => {});
  return new Promise((done) => child.on("close", (code) => done({ code, stderr })));
}

const space = {
  parameters: {
    learningRate: { log: [0.001, 0.3] },
    hiddenDims: { choice: [[8], [16], [32]] },
  },
  settings: { epochs: 9, numTrain: 2000, numVal: 200, batchSize: 50 },
};
const args = [
  "--dataset",
  "shapes",
  "--trials",
  "9",
  "--parallel",
  "3",
  "--space",
  "space.json",
  "--kernels",
  "wasm",
  "--threads",
  "1",
  "--deterministic",
];

interface Line {
  readonly type: string;
  readonly trial: number;
  readonly rung: number;
  readonly value: number;
}
const resultsOf = (folder: string): Line[] =>
  readFileSync(join(folder, "log.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line): Line => JSON.parse(line))
    .filter(({ type }) => type === "result");

test.skipIf(!hasRedis)(
  `every trial ends exactly once, whatever happens to workers and Redis${where}`,
  { timeout: 240_000 },
  async () => {
    const folder = emptyFolder();
    mkdirSync(join(folder, "redis"));
    writeFileSync(join(folder, "space.json"), JSON.stringify(space));
    const port = await freePort();
    const url = `redis://127.0.0.1:${port}`;
    let redis = await startRedis(join(folder, "redis"), port);
    const worker = (): ChildProcess => {
      const child = startChainrule(
        ["worker", "--queue", url, "--dataset", "shapes", "--kernels", "wasm", "--threads", "1", "--deterministic"],
        folder,
      );
      children.push(child);
      child.stdout!.on("data", () => {});
      child.stderr!.on("data", () => {});
      return child;
    };
    let first = worker();
    const [second] = [worker(), worker()];
    const search = startChainrule(["tune", ...args, "--queue", url, "--name", "many"], folder);
    children.push(search);
    const ended = exitOf(search);
    await sleep(6000);
    for (let kill = 0; kill < 2; kill++) {
      first.kill("SIGKILL");
      await sleep(500);
      first = worker();
      await sleep(3500);
    }
    second!.kill("SIGSTOP");
    redis.kill("SIGKILL");
    await sleep(15_000);
    redis = await startRedis(join(folder, "redis"), port);
    second!.kill("SIGCONT");
    const { code, stderr } = await ended;
    expect(stderr).not.toContain("failed");
    expect(code).toBe(0);

    const results = resultsOf(join(folder, "tunes/many"));
    const keys = results.map(({ trial, rung }) => `${trial}/${rung}`);
    expect(new Set(keys).size).toBe(keys.length);
    expect(new Set(results.map(({ trial }) => trial)).size).toBe(9);
    const alone = spawnChainrule(["tune", ...args, "--method", "random", "--name", "alone"], { cwd: folder });
    expect(alone.status).toBe(0);
    // Which trials go on depends on who is first, but a trial that went as far has the same value to the bit.
    const values = new Map(resultsOf(join(folder, "tunes/alone")).map(({ trial, value }) => [trial, value]));
    const whole = results.filter(({ rung }) => rung === Math.max(...results.map((r) => r.rung)));
    expect(whole.length).toBeGreaterThan(0);
    for (const { trial, value } of whole) expect(value).toBe(values.get(trial));
  },
);

test.skipIf(!hasRedis)(
  `a Redis that cannot be used is one line and exit code 2, without the password${where}`,
  { timeout: 60_000 },
  async () => {
    const folder = emptyFolder();
    const port = await freePort();
    const call = (url: string): { status: number | null; stderr: string } =>
      spawnChainrule(["tune", "--dataset", "shapes", "--trials", "2", "--queue", url], { cwd: folder });
    expect(call(`redis://127.0.0.1:${port}`)).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/cannot use this Redis: .*ECONNREFUSED/),
    });
    expect(call("http://127.0.0.1")).toMatchObject({ status: 2, stderr: expect.stringContaining("expected redis://") });

    const redis = await startRedis(folder, port, "--requirepass", "s3cret", "--maxmemory-policy", "allkeys-lru");
    onTestFinished(() => void redis.kill("SIGKILL"));
    const wrong = call(`redis://:wr0ng@127.0.0.1:${port}`);
    expect(wrong).toMatchObject({ status: 2, stderr: expect.stringMatching(/WRONGPASS|password/i) });
    expect(wrong.stderr).not.toContain("wr0ng");
    const evicting = call(`redis://:s3cret@127.0.0.1:${port}`);
    expect(evicting).toMatchObject({ status: 2, stderr: expect.stringContaining("set maxmemory-policy noeviction") });
    expect(evicting.stderr).not.toContain("s3cret");
    for (const { stderr } of [wrong, evicting]) expect(stderr.trim().split("\n")).toHaveLength(1);

    const cli = (...words: string[]): void =>
      void spawnSync("redis-cli", ["-p", String(port), "-a", "s3cret", ...words]);
    cli("config", "set", "maxmemory-policy", "noeviction");
    cli("set", "chainrule:version", "7");
    expect(call(`redis://:s3cret@127.0.0.1:${port}`)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("expected a queue of version 1, got 7"),
    });
  },
);
