import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createRng, randn } from "../../src/index.ts";
import { emptyFolder } from "../command.ts";

test.each(["wasm"])("the step benchmark trains on prepared inputs with %s", (kernels) => {
  const folder = emptyFolder();
  const [N, D, H, C] = [64, 3072, 128, 10];
  const rng = createRng(442);
  const write = (name: string, array: Float32Array | Uint8Array | Int32Array): void =>
    writeFileSync(join(folder, name), new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  write(
    "x.f32",
    new Float32Array(N * D).map(() => rng.integer(0, 255) / 255),
  );
  write(
    "y.u8",
    Uint8Array.from({ length: N }, (_, i) => i % C),
  );
  write(
    "idx.i32",
    Int32Array.from({ length: 128 }, (_, i) => i % N),
  ); // one batch, again and again
  write("w1_128.f32", randn([D, H], { rng, scale: 0.01 }).data.slice());
  write("w2_128.f32", randn([H, C], { rng, scale: 0.01 }).data.slice());

  const args = ["step", "--data-dir", folder, "--job", "B", "--kernels", kernels, "--threads", "2", "--steps", "24"];
  const { stdout, stderr } = spawnSync(process.execPath, ["bench/bench.js", ...args, "--json"], { encoding: "utf8" });
  expect(stderr).toBe("");
  const { withMomentum, ...plain } = JSON.parse(stdout);
  const { loss1, loss10 } = plain;
  for (const { medianMs, p90Ms } of [plain, withMomentum]) {
    expect(medianMs).toBeGreaterThan(0);
    expect(p90Ms).toBeGreaterThanOrEqual(medianMs);
  }
  expect([plain.momentum, withMomentum.momentum]).toEqual([0, 0.9]);
  expect(withMomentum.loss1).toBe(loss1);
  expect(withMomentum.loss10).toBeLessThan(loss10); // the same batch again and again: momentum is ahead
  const penalty = (1e-3 / 2) * 0.01 ** 2 * (D * H + H * C);
  expect(loss1).toBeCloseTo(Math.log(C) + penalty, 1); // small weights know nothing yet
  expect(loss10).toBeLessThan(loss1);
});
