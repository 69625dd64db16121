/** Kills in the middle of replacing a dataset. `npm run test:disk` does two hundred. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { shapesDataset } from "../../src/data/index.ts";
import { readDatasetFolder, saveDataset } from "../../src/node/dataset-folder.ts";
import { emptyFolder } from "../command.ts";

const kills = process.env.LONG ? 200 : 6;
const entry = (name: string): string => JSON.stringify(resolve("dist", name));

test(`${kills} kills while a dataset is replaced: there is one whole dataset, every time`, {
  timeout: 600_000,
}, async () => {
  const out = join(emptyFolder(), "shapes");
  const versions = [1, 2].map((seed) => shapesDataset({ seed, numTrain: 80 * seed, numTest: 50, size: 16 }));
  await saveDataset(versions[0]!, out);
  const replacing = `
    import { shapesDataset } from ${entry("index.js")};
    import { saveDataset } from ${entry("node/index.js")};
    const versions = [1, 2].map((seed) => shapesDataset({ seed, numTrain: 80 * seed, numTest: 50, size: 16 }));
    for (let i = 0; ; i++) {
      await saveDataset(versions[i % 2], ${JSON.stringify(out)}, { replace: true });
      if (i === 0) console.log("saving");
    }`;
  for (let kill = 0; kill < kills; kill++) {
    const child = spawn(process.execPath, ["--input-type=module", "-e", replacing], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    await new Promise((done) => setTimeout(done, (kill * 7.3) % 40));
    child.kill("SIGKILL");
    await once(child, "exit");
    const { train, test } = await readDatasetFolder(out);
    const [version] = versions.filter(({ train: { count } }) => count === train.count);
    for (const [found, expected] of [
      [train, version!.train],
      [test, version!.test],
    ] as const) {
      expect(Buffer.compare(found.images, expected.images)).toBe(0);
      expect(Buffer.compare(found.labels, expected.labels)).toBe(0);
    }
  }
  await saveDataset(versions[0]!, out, { replace: true });
  await saveDataset(versions[1]!, out, { replace: true });
  expect(readdirSync(out).length).toBe(8); // what the killed ones left is gone
});
