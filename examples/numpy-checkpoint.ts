/** A checkpoint leaves the house: trained here, used in Python with NumPy alone (numpy/classify.py). */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  deserializeModel,
  formatNpy,
  imageExamples,
  parseCheckpoint,
  presets,
  shapesDataset,
  tensor,
  trainingSession,
} from "chainrule";

const count = 50;
const dataset = shapesDataset({ numTrain: 400, numTest: count, size: 16 });
const settings = { ...presets.tuned, numTrain: 300, numVal: 100, hiddenDims: [32], epochs: 4 };
let checkpoint = new Uint8Array();
for await (const _ of trainingSession(dataset, settings, { save: (bytes) => (checkpoint = Uint8Array.from(bytes)) }));

const folder = mkdtempSync(join(tmpdir(), "chainrule-example-"));
try {
  writeFileSync(join(folder, "model.safetensors"), checkpoint);
  const images = tensor(dataset.test.images, { shape: [count, 3, 16, 16], dtype: "uint8" });
  writeFileSync(join(folder, "images.npy"), formatNpy(images));
  const program = fileURLToPath(new URL("numpy/classify.py", import.meta.url));
  const files = [join(folder, "model.safetensors"), join(folder, "images.npy")];
  const { status, stdout, stderr, error } = spawnSync("python3", [program, ...files], { encoding: "utf8" });
  if (error || /No module named 'numpy'/.test(stderr)) console.log("skipped: there is no python3 with NumPy here");
  else {
    assert.equal(status, 0, stderr);
    const theirs = stdout
      .trim()
      .split("\n")
      .map((line) => line.split("\t"));
    const model = deserializeModel(checkpoint); // the best weights; those to resume from are under "last."
    const { normalization } = parseCheckpoint(checkpoint);
    const rows = Int32Array.from({ length: count }, (_, i) => i);
    const { x } = imageExamples(dataset.test, dataset, rows, normalization).batch(rows);
    const [scores] = model.forward(x);
    const ours = model.predict(x);
    for (const [i, [best, , score]] of theirs.entries()) {
      assert.equal(Number(best), ours[i]);
      assert(Math.abs(Number(score) - scores.at(i, ours[i]!)) < 1e-3);
    }
    console.log(`${theirs.length} images: NumPy and chainrule agree`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
