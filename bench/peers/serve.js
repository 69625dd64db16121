/**
 * How a JavaScript peer talks with the benchmark: one line of JSON in, `{ "steps": n }`, one line out,
 * `{ "ms": […], "losses": […] }`; first a line that says who it is. Between lines it is idle, so that peers can take turns.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { batchSize, jobs } from "../jobs.js";

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

/** @param step - `(rows) => loss` (or a promise of it) for the examples of one batch, weights updated afterwards */
export async function serve(about, indices, step) {
  const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
  say({ ready: true, node: process.version, ...about });
  const batches = indices.length / batchSize;
  let next = 0;
  for await (const line of createInterface({ input: process.stdin })) {
    const ms = [];
    const losses = [];
    for (let i = 0; i < JSON.parse(line).steps; i++) {
      const at = (next++ % batches) * batchSize;
      const rows = indices.subarray(at, at + batchSize);
      const started = performance.now();
      losses.push(await step(rows));
      ms.push(performance.now() - started);
    }
    say({ ms, losses, residentMb: process.memoryUsage().rss / 2 ** 20 });
  }
  process.exit(0);
}
