/**
 * Fixed inputs for every program, so that all do the same arithmetic:
 * x.f32 (10000×3072, pixels / 255), y.u8 (10000), idx.i32 (400×128: whole permutations cut into batches), and for H of 512 and
 * 128 w1_H.f32 (3072×H) and w2_H.f32 (H×10), normal with standard deviation 0.01. Biases start at 0.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createRng, randn } from "../dist/node/main.js";
import { batchSize, inputDim, jobs, numClasses } from "./jobs.js";

const stepsPrepared = 400;

/** @param cifarDir - holds data_batch_1.bin of CIFAR-10's binary version; without it, made-up images of the same size */
export function prepare(cifarDir, dataDir) {
  mkdirSync(dataDir, { recursive: true });
  const record = 1 + inputDim;
  const rng = createRng(442);
  const records = cifarDir
    ? readFileSync(join(cifarDir, "data_batch_1.bin"))
    : Uint8Array.from({ length: 10_000 * record }, (_, i) => rng.integer(0, (i % record === 0 ? numClasses : 256) - 1));
  const count = Math.floor(records.length / record);
  const x = new Float32Array(count * inputDim);
  const y = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    y[i] = records[i * record];
    for (let j = 0; j < inputDim; j++) x[i * inputDim + j] = records[i * record + 1 + j] / 255;
  }
  const indices = new Int32Array(stepsPrepared * batchSize);
  for (let step = 0; step < stepsPrepared; ) {
    const order = rng.permutation(count);
    for (let at = 0; at + batchSize <= count && step < stepsPrepared; at += batchSize, step++)
      indices.set(order.subarray(at, at + batchSize), step * batchSize);
  }
  const write = (name, array) =>
    writeFileSync(join(dataDir, name), new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  write("x.f32", x);
  write("y.u8", y);
  write("idx.i32", indices);
  for (const { hiddenDim } of Object.values(jobs)) {
    write(`w1_${hiddenDim}.f32`, randn([inputDim, hiddenDim], { rng, scale: 0.01 }).data.slice());
    write(`w2_${hiddenDim}.f32`, randn([hiddenDim, numClasses], { rng, scale: 0.01 }).data.slice());
  }
}
