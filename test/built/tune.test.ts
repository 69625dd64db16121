/** A search in several processes, killed: what goes on ends as one that nobody killed. */
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { emptyFolder, spawnChainrule, startChainrule } from "../command.ts";

const space = {
  settings: { epochs: 4, batchSize: 50 },
  parameters: { learningRate: { log: [0.001, 0.1] }, "hiddenDims.0": { logInteger: [8, 32] } },
};
const search = ["tune", "--dataset", "shapes", "--num-train", "300", "--num-val", "100", "--kernels", "loops"];
const shape = ["--method", "random", "--trials", "6", "--parallel", "2", "--space", "space.json", "--name", "s"];

type Line = { type: string; trial: number; curve?: number[]; attempt: number };
const logOf = (cwd: string): Line[] => {
  const file = join(cwd, "tunes/s/log.jsonl");
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line));
};
const curvesOf = (cwd: string): (readonly [number, number[] | undefined])[] =>
  logOf(cwd)
    .filter(({ type }) => type === "result")
    .map(({ trial, curve }) => [trial, curve] as const)
    .sort((a, b) => a[0] - b[0]);

function folderWithSpace(): string {
  const cwd = emptyFolder();
  writeFileSync(join(cwd, "space.json"), JSON.stringify(space));
  return cwd;
}

test("killed at any moment and resumed, every trial ends with the curve of an uninterrupted search", {
  timeout: 180_000,
}, async () => {
  const whole = folderWithSpace();
  expect(spawnChainrule([...search, ...shape], { cwd: whole }).status).toBe(0);
  const killed = folderWithSpace();
  for (const [at, lines] of [3, 5, 7].entries()) {
    const args = at === 0 ? [...search, ...shape] : ["tune", "--resume", "--kernels", "loops", "--parallel", "2"];
    const child = startChainrule(args, killed);
    const exit = once(child, "exit");
    while (child.exitCode === null && logOf(killed).length < lines) await new Promise((next) => setTimeout(next, 10));
    child.kill("SIGKILL");
    await exit;
  }
  const resumed = spawnChainrule(["tune", "--resume", "--kernels", "loops", "--parallel", "2"], { cwd: killed });
  expect({ status: resumed.status, stderr: resumed.stderr }).toMatchObject({ status: 0 });
  expect(curvesOf(killed)).toEqual(curvesOf(whole));
  const repeated = logOf(killed).filter(({ type, attempt }) => type === "job" && attempt > 1);
  expect(repeated.length).toBeGreaterThan(0);
  expect(repeated.length).toBeLessThanOrEqual(6); // two in flight, three kills
  expect(readdirSync(join(killed, "tunes/s"))).not.toContain("lock");
});

test("Ctrl-C stops all processes and says how to go on", async () => {
  const cwd = folderWithSpace();
  const child = startChainrule([...search, ...shape], cwd);
  let stderr = "";
  child.stderr!.on("data", (text) => {
    stderr += text;
    if (!child.killed && /trial \d/.test(String(text))) child.kill("SIGINT");
  });
  await once(child, "exit");
  expect(child.exitCode).toBe(130);
  expect(stderr).toContain("stopped; continue with chainrule tune --resume --name s");
  expect(readdirSync(join(cwd, "tunes/s"))).toContain("results.csv");
});
