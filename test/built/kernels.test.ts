import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { chainrule, emptyFolder } from "../command.ts";

const main = pathToFileURL(resolve("dist/node/main-kernels.js")).href;

/** Runs a module that has the library as `c`. */
function program(
  code: string,
  env: Record<string, string> = {},
): { status: number | null; stdout: string; stderr: string } {
  const source = `import * as c from ${JSON.stringify(main)};\n${code}`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", source], {
    encoding: "utf8",
    env: { ...process.env, ...env },
    timeout: 20_000,
  });
  return { status, stdout, stderr };
}

const multiply = `
  const n = 300;
  const [a, b, out] = [0, 0, 0].map(() => new Float32Array(n * n).fill(1));
  c.kernels().gemm({ m: n, n, k: n, a, b, out });
  console.log(c.kernels().name, out.every((value) => value === n));`;

test("a program that computed on several threads ends by itself, and sleeps meanwhile", () => {
  const idle = `
  // On a loaded machine the workers take their time to start and to fall asleep: one quiet stretch is enough.
  const busy = async () => {
    const before = process.cpuUsage();
    await new Promise((resolve) => setTimeout(resolve, 300));
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };
  let lowest = Infinity;
  for (let i = 0; i < 10 && lowest >= 150_000; i++) lowest = Math.min(lowest, await busy());
  console.log(lowest < 150_000);`;
  const { status, stdout, stderr } = program(multiply + idle, { CHAINRULE_KERNELS: "wasm", CHAINRULE_THREADS: "4" });
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "wasm true\ntrue\n", stderr: "" });
});

test("importing the library starts nothing; loops and wasm are always there", () => {
  const { stdout } = program("console.log(c.availableKernels().slice(0, 2).join())");
  expect(stdout).toBe("loops,wasm\n");
});

test("a wrong CHAINRULE_KERNELS or CHAINRULE_THREADS says what was expected", () => {
  expect(program(multiply, { CHAINRULE_KERNELS: "gpu" }).stderr).toContain(
    'setKernels: unknown kernels "gpu"; expected one of loops, wasm, blas',
  );
  expect(program(multiply, { CHAINRULE_KERNELS: "wasm", CHAINRULE_THREADS: "many" }).stderr).toContain(
    "CHAINRULE_THREADS",
  );
});

test("without a BLAS the command says so in one line and goes on, unless BLAS was asked for", async () => {
  const cwd = emptyFolder();
  const env = { CHAINRULE_BLAS_PATH: "/nowhere/libblas.so" };
  const settings = ["train", "--dataset", "shapes", "--epochs", "1", "--hidden-dim", "4", "--num-train", "200"];
  const free = await chainrule(settings, { cwd, env: { ...env, CHAINRULE_KERNELS: "" } });
  expect(free.status).toBe(0);
  expect(free.stderr).toMatch(
    /^blas would be faster but is not available here: (CHAINRULE_BLAS_PATH is|the optional)/m,
  );
  const asked = await chainrule([...settings, "--kernels", "blas"], { cwd, env });
  expect(asked.status).toBe(2);
  expect(asked.stderr).toMatch(/^chainrule: setKernels: blas is not available here: .*\n$/);
});
