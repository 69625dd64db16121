import { Worker } from "node:worker_threads";
import { afterAll, expect, test, vi } from "vitest";
import { nodeHelpers } from "../../node/helper-threads.ts";
import { kernelsCases } from "../kernels.cases.ts";
import type { Gemm, Kernels } from "../kernels.ts";
import { loops } from "../loops/loops.ts";
import { hasFusedMultiplyAdd } from "./module.ts";
import type { SpawnHelper } from "./threads.ts";
import { createWasm } from "./wasm.ts";

const plain = createWasm({ deterministic: true });
const fused = createWasm();
const threaded = createWasm({ threads: 3, spawn: nodeHelpers() });
const narrow = createWasm({ pages: 100 });
afterAll(() => threaded.stop());

kernelsCases("wasm plain", () => plain);
kernelsCases(hasFusedMultiplyAdd() ? "wasm fused" : "wasm fused (plain in this runtime)", () => fused);
kernelsCases("wasm threaded", () => threaded);
kernelsCases("wasm in a memory of 6 MB", () => narrow);

test("matrices larger than the memory are multiplied in blocks", () => {
  const product = large(narrow, 1100, 530, 530);
  const beta = { beta: 0.5, out: product.out.slice() as Float32Array };
  const expected = beta.out.slice();
  loops.gemm({ ...product, ...beta, out: expected });
  narrow.gemm({ ...product, ...beta });
  expect(largestDifference(beta.out, expected)).toBeLessThan(1e-4);
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
  const kernels = createWasm({ threads: 4, spawn: nodeHelpers() });
  vi.unstubAllGlobals();
  const product = large(kernels, 130, 140, 150);
  expect(product.out.buffer).toBeInstanceOf(ArrayBuffer);
  kernels.gemm(product);
  const expected = large(fused, 130, 140, 150);
  fused.gemm(expected);
  expect([...product.out]).toEqual([...expected.out]);
});

test("memory comes back: allocated, dropped and allocated again without end", async () => {
  const kernels = createWasm({ pages: 64 });
  const sizes = [700_000, 300_000, 500_000];
  for (let i = 0; i < 300; i++) {
    kernels.relu(new Float32Array(sizes[i % 3]!), new Float32Array(sizes[i % 3]!)); // borrows and gives back
    expect(kernels.allocate("float32", sizes[i % 3]!)[5]).toBe(0); // in ordinary memory once this one is full
  }
});

test("a part of an allocated array keeps its memory", () => {
  const part = fused.allocate("float32", 100).subarray(10, 20).subarray(1, 3);
  expect(part.length).toBe(2);
  expect(part.byteLength).toBe(8);
});

/** A helper that runs `program`, which may use `control` (i32) and `claim` (i64), the words of assembly/job.ts. */
function faultyHelper(program: string): SpawnHelper {
  return ({ memory }, onEnd) => {
    const source = `
      const { memory } = require("node:worker_threads").workerData;
      const claim = new BigInt64Array(memory.buffer, 64, 1);
      ${program}`;
    const worker = new Worker(source, { eval: true, workerData: { memory } });
    worker.unref();
    worker.on("exit", (code) => onEnd(`exit code ${code}`));
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
  const kernels = createWasm({ threads: 2, spawn: faultyHelper(takesOneTileAndDies), patienceMs: 200 });
  const product = large(kernels, 400, 400, 400);
  const expected = product.out.slice();
  loops.gemm({ ...product, out: expected });
  // Until the helper is up, the caller does all tiles itself and nothing is wrong.
  expect(() => {
    for (let i = 0; i < 2000; i++) {
      kernels.gemm(product);
      expect(largestDifference(product.out, expected)).toBeLessThan(1e-4);
    }
  }).toThrow(/a helping thread was lost \(1 of \d+ parts of a product were never finished\)/);
  kernels.gemm(product);
  expect(largestDifference(product.out, expected)).toBeLessThan(1e-4);
});

test("where workers cannot be had one thread does it all", () => {
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
  const kernels = createWasm({ threads: 2, spawn: faultyHelper("process.exit(4);"), patienceMs: 200 });
  const product = large(kernels, 100, 100, 100);
  kernels.gemm(product);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(() => kernels.gemm(product)).toThrow("thread 1 of 2 ended: exit code 4");
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
