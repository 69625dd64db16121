/**
 * How a JavaScript peer talks with the benchmark: one line of JSON in, `{ "steps": n }`, one line out,
 * `{ "ms": […], "losses": […] }`; first a line that says who it is. Between lines it is idle, so that peers can take turns.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { jobs, batchSize as usualBatch } from "../jobs.js";

/** The prepared inputs of a job; see prepare.js. */
export function loadInputs(dataDir, job) {
  const { hiddenDim } = jobs[job];
  const bytes = (name) => {
    const { buffer, byteOffset, byteLength } = readFileSync(join(dataDir, name));
    return buffer.slice(byteOffset, byteOffset + byteLength);
  };
  return {
    hiddenDim,
    x: new Float32Array(bytes("x.f32")),
    y: new Uint8Array(bytes("y.u8")),
    indices: new Int32Array(bytes("idx.i32")),
    w1: new Float32Array(bytes(`w1_${hiddenDim}.f32`)),
    w2: new Float32Array(bytes(`w2_${hiddenDim}.f32`)),
  };
}

/**
 * @param step - `(rows) => loss` (or a promise of it) for the examples of one batch, weights updated afterwards
 * @param options.prepare - `(rows)`, before each step and outside the timing
 */
export async function serve(about, indices, step, { batchSize = usualBatch, prepare = () => {} } = {}) {
  const batches = Math.floor(indices.length / batchSize);
  let next = 0;
  await converse(about, async ({ steps }) => {
    const ms = [];
    const losses = [];
    for (let i = 0; i < steps; i++) {
      const at = (next++ % batches) * batchSize;
      const rows = indices.subarray(at, at + batchSize);
      prepare(rows);
      const started = performance.now();
      losses.push(await step(rows));
      ms.push(performance.now() - started);
    }
    return { ms, losses, residentMb: process.memoryUsage().rss / 2 ** 20 };
  });
}

/**
 * `{ m, n, k, transposeA, transposeB, repeats }` in, `{ ms }` out: the mean time of one product.
 * @param prepare - `(shape) => multiply`, random matrices of that shape and the product of them
 */
export async function serveGemm(about, prepare) {
  let last = "";
  let multiply;
  await converse(about, async ({ repeats, ...shape }) => {
    if (JSON.stringify(shape) !== last) {
      multiply = prepare(shape);
      last = JSON.stringify(shape);
      await multiply();
    }
    const started = performance.now();
    for (let i = 0; i < repeats; i++) await multiply();
    return { ms: (performance.now() - started) / repeats };
  });
}

async function converse(about, answer) {
  const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
  say({ ready: true, node: process.version, ...about });
  for await (const line of createInterface({ input: process.stdin })) say(await answer(JSON.parse(line)));
  process.exit(0);
}
