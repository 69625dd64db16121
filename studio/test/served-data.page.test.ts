/** Datasets that `chainrule studio --data-dir` serves, in the Train room. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { shapesDataset } from "../../src/data/index.ts";
import { formatDatasetFiles } from "../../src/node/dataset-folder.ts";
import { missing, useStudio } from "./browser.ts";

const dataDir = mkdtempSync(join(tmpdir(), "chainrule-test-"));
const name = "my photos, 100% sharp"; // a name that an address must spell otherwise
mkdirSync(join(dataDir, name));
const small = { ...shapesDataset({ numTrain: 600, numTest: 100, size: 8 }), name };
for (const [file, bytes] of formatDatasetFiles(small)) writeFileSync(join(dataDir, name, file), bytes);
writeFileSync(join(dataDir, "notes.txt"), "no dataset");

describe.skipIf(missing)(`datasets of the local server${missing}`, { timeout: 60_000 }, () => {
  const studio = useStudio({ dataDir });
  afterAll(() => rmSync(dataDir, { recursive: true }));

  test("are offered by their names, and trained on", async () => {
    const { page, complaints } = await studio.open("#/train");
    await page.getByRole("button", { name }).click();
    await page.getByText("600 training and 100 test images of 3×8×8").waitFor();
    await page.getByRole("button", { name: "Train", exact: true }).click();
    await page.getByRole("button", { name: "Train again" }).waitFor({ timeout: 40_000 });
    await page.getByText("finished").first().waitFor();
    expect(complaints).toEqual([]);
  });
});
