import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Worker } from "node:worker_threads";
import fc from "fast-check";
import { afterAll, expect, test, vi } from "vitest";
import { allowFusedMultiplyAdd } from "../../node/kernels.ts";
import { nodeWorkers } from "../../node/worker-threads.ts";
import { Tensor } from "../../tensor/index.ts";
import { kernelsCases } from "../kernels.cases.ts";
import type { Gemm, Kernels } from "../kernels.ts";
import { loops } from "../loops/loops.ts";
import { blockedGemm } from "./blocked-gemm.ts";
import { hasFusedMultiplyAdd } from "./module.ts";
import type { SpawnWorker } from "./threads.ts";
import { createWasm } from "./wasm.ts";

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;
/** Until finalizers have run, too. */
async function collectGarbage(): Promise<void> {
  for (let i = 0; i < 3; i++) {
    gc();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
allowFusedMultiplyAdd();
const plain = createWasm({ deterministic: true });
const fused = createWasm();
const threaded = createWasm({ threads: 3, spawn: nodeWorkers() });
const narrow = createWasm({ pages: 100 });
afterAll(() => threaded.stop());

kernelsCases("wasm plain", () => plain);
kernelsCases("wasm fused", () => fused);
kernelsCases("wasm threaded", () => threaded);
kernelsCases("wasm in a memory of 6 MB", () => narrow);

test("deterministic kernels do without fused multiply-add", () => {
  expect([plain.precision, fused.precision]).toEqual(["plain", hasFusedMultiplyAdd() ? "fused" : "plain"]);
  const [one, other] = [large(plain, 16, 16, 300), large(fused, 16, 16, 300)];
  plain.gemm(one);
  fused.gemm(other);
  if (hasFusedMultiplyAdd()) expect([...one.out]).not.toEqual([...other.out]);
});

test("matrices larger than the memory are multiplied in blocks", () => {
  const kernels = createWasm({ pages: 64 }); // 4 MB
  const [m, n, k] = [3, 2, 300_000]; // 6 MB
  const [a, b, out] = [m * k, k * n, m * n].map((length) => Float32Array.from({ length }, (_, i) => Math.sin(i)));
  const [expected, whole] = [out!.slice(), out!.slice()];
  loops.gemm({ m, n, k, a: a!, b: b!, out: expected, beta: 0.5 });
  fused.gemm({ m, n, k, a: a!, b: b!, out: whole, beta: 0.5 });
  kernels.gemm({ m, n, k, a: a!, b: b!, out: out!, beta: 0.5 });
  expect(largestDifference(out!, expected)).toBeLessThan(1e-5 * k);
  expect([...whole]).not.toEqual([...expected]);
  expect([...out!]).toEqual([...whole]); // to the bit, so not by the loops, which sum in float64
});

test("a blocked product adds beta · out and bias once, and cuts off and masks the whole sum", () => {
  const size = fc.integer({ min: 0, max: 9 });
  const flags = fc.record({ transposeA: fc.boolean(), transposeB: fc.boolean(), relu: fc.boolean() });
  const memory = { take: (_: string, length: number) => new Float64Array(length).fill(Number.NaN), give: () => {} };
  const property = fc.property(size, size, size, flags, fc.boolean(), (m, n, k, flags, masked) => {
    const numbers = (length: number, start: number) => Float64Array.from({ length }, (_, i) => Math.sin(start + i));
    const mask = masked ? { mask: numbers(m * n, 5) } : {};
    const product = { m, n, k, ...flags, alpha: -2, beta: 3, bias: numbers(n, 4), ...mask };
    const [a, b, out, expected] = [numbers(m * k, 1), numbers(k * n, 2), numbers(m * n, 3), numbers(m * n, 3)];
    loops.gemm({ ...product, a, b, out: expected });
    expect(blockedGemm({ ...product, a, b, out }, memory, loops.gemm, 4)).toBe(true);
    out.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]!, 12);
    });
  });
  fc.assert(property);
});

test("the number of threads does not change a single bit", () => {
  const [alone, together] = [createWasm(), threaded].map((kernels) => {
    const product = large(kernels, 300, 310, 700);
    kernels.gemm(product);
    return [...product.out, kernels.sumSquares(product.out)];
  });
  expect(together).toEqual(alone);
});

test("a page that may not share memory gets the same kernels on one thread", () => {
  vi.stubGlobal("SharedArrayBuffer", undefined);
  const kernels = createWasm({ threads: 4, spawn: nodeWorkers() });
  vi.unstubAllGlobals();
  const product = large(kernels, 130, 140, 150);
  expect(product.out.buffer).toBeInstanceOf(ArrayBuffer);
  kernels.gemm(product);
  const expected = large(fused, 130, 140, 150);
  fused.gemm(expected);
  expect([...product.out]).toEqual([...expected.out]);
});

test("memory comes back when an array is garbage or an operation is over", async () => {
  const kernels = createWasm({ pages: 64 });
  const inMemory = (x: Float32Array): boolean => x.buffer === kernels.memory.buffer;
  const length = 600_000; // more than half of 4 MB
  for (let i = 0; i < 10; i++) kernels.relu(new Float32Array(length / 2), new Float32Array(length / 2));
  expect(inMemory(kernels.allocate("float32", length).fill(1))).toBe(true);
  expect(inMemory(kernels.allocate("float32", length))).toBe(false);
  await collectGarbage();
  const again = kernels.allocate("float32", length);
  expect(inMemory(again)).toBe(true);
  expect(again.every((value) => value === 0)).toBe(true);
});

test("a part of a tensor keeps its memory from being used again", async () => {
  const kernels = createWasm({ pages: 64 });
  const [length, columns] = [600_000, 1000];
  const whole = (): Tensor =>
    new Tensor(kernels.allocate("float32", length).fill(1), [length / columns, columns], "float32");
  const part = whole()
    .rows(3, 5)
    .reshape([2 * columns])
    .rows(10, 20);
  await collectGarbage();
  kernels.allocate("float32", length).fill(2);
  expect([...part.data]).toEqual(new Array(10).fill(1));
});

/** A worker that runs `program`, which may use `control` (i32) and `claim` (i64), the words of assembly/job.ts. */
function faultyWorker(program: string): SpawnWorker {
  return ({ memory }, onExit) => {
    const source = `
      const { memory } = require("node:worker_threads").workerData;
      const claim = new BigInt64Array(memory.buffer, 64, 1);
      ${program}`;
    const worker = new Worker(source, { eval: true, workerData: { memory } });
    worker.unref();
    worker.on("exit", (code) => onExit(`exit code ${code}`));
    return { terminate: () => void worker.terminate() };
  };
}

test("a thread that dies in the middle of a product gives an error, not a hang or a wrong number", () => {
  const takesOneTileAndDies = `
      for (;;) {
        const now = Atomics.load(claim, 0);
        if ((now & 0xffffn) < ((now >> 16n) & 0xffffn) && Atomics.compareExchange(claim, 0, now, now + 1n) === now) break;
      }
      process.exit(3);`;
  const kernels = createWasm({ threads: 2, spawn: faultyWorker(takesOneTileAndDies), patienceMs: 200 });
  const product = large(kernels, 400, 400, 400);
  const expected = product.out.slice();
  loops.gemm({ ...product, out: expected });
  // Until the worker is up, the caller does all tiles itself and nothing is wrong.
  expect(() => {
    for (let i = 0; i < 2000; i++) {
      kernels.gemm(product);
      expect(largestDifference(product.out, expected)).toBeLessThan(1e-4);
    }
  }).toThrow(
    /^wasm: a worker thread (exited|does not answer) \(.*\); the result was discarded; continuing on one thread$/,
  );
  kernels.gemm(product);
  expect(largestDifference(product.out, expected)).toBeLessThan(1e-4);
});

test("where workers cannot be started, one thread does it all", () => {
  const kernels = createWasm({
    threads: 3,
    spawn: () => {
      throw new Error("forbidden");
    },
  });
  const product = large(kernels, 100, 300, 100);
  kernels.gemm(product);
  const expected = large(fused, 100, 300, 100);
  fused.gemm(expected);
  expect([...product.out]).toEqual([...expected.out]);
});

test("a thread that dies while idle is reported at the next product", async () => {
  const kernels = createWasm({ threads: 2, spawn: faultyWorker("process.exit(4);"), patienceMs: 200 });
  const product = large(kernels, 100, 100, 100);
  kernels.gemm(product);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(() => kernels.gemm(product)).toThrow(
    "wasm: a worker thread exited (thread 1 of 2, exit code 4); the result was discarded; continuing on one thread",
  );
  kernels.gemm(product);
});

function large(kernels: Kernels, m: number, n: number, k: number): Gemm<Float32Array> {
  const [a, b, out] = [m * k, k * n, m * n].map((length) => kernels.allocate("float32", length));
  for (let i = 0; i < a!.length; i++) a![i] = Math.sin(i);
  for (let i = 0; i < b!.length; i++) b![i] = Math.cos(i);
  return { m, n, k, a: a!, b: b!, out: out! };
}

function largestDifference(x: Float32Array, y: Float32Array): number {
  return x.reduce((most, value, i) => Math.max(most, Math.abs(value - y[i]!)), 0);
}
