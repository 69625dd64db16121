/** The Train room, as a person uses it. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { parseCheckpoint, shapesDataset } from "../../src/index.ts";
import { formatDatasetFiles } from "../../src/node/dataset-folder.ts";
import { chainrule, emptyFolder } from "../../test/command.ts";
import { expectAccessible, missing, useStudio } from "./browser.ts";

const small = "set=numTrain:600,numVal:200,hiddenDims:16,seed:7";
const progress = (page: Page) => page.getByRole("region", { name: "Progress" });

async function train(page: Page, epochs: number): Promise<void> {
  await page.getByText("6,000 training and 1,000 test images").waitFor();
  await page.getByRole("button", { name: /^Train/ }).click();
  await expect
    .poll(() => progress(page).textContent(), { timeout: 60_000 })
    .toMatch(new RegExp(`finished · epoch ${epochs} of ${epochs}`));
}

/** The checkpoint of the only run, as it is downloaded. */
async function download(page: Page, folder: string): Promise<string> {
  const file = join(folder, "page.safetensors");
  const downloading = page.waitForEvent("download");
  await page.getByRole("button", { name: "Checkpoint", exact: true }).click();
  await (await downloading).saveAs(file);
  return file;
}

describe.skipIf(missing)(`the Train room${missing}`, { timeout: 120_000 }, () => {
  const studio = useStudio();

  test("one click trains; curves, weights, layers, confusion and mistakes appear; an image is asked why, down to a neuron", async () => {
    const { page, complaints } = await studio.open(`#/train?${small},epochs:3`);
    await train(page, 3);
    expect(await progress(page).textContent()).toMatch(
      /data loss [\d.]+ \+ penalty [\d.]+ · val loss [\d.]+ · train [\d.]+% · val [\d.]+%/,
    );
    expect(await progress(page).textContent()).toContain(
      "2 threads".replace("2", String(await page.evaluate(() => navigator.hardwareConcurrency))),
    );
    expect(await page.getByRole("img", { name: "Loss and accuracy" }).textContent()).toContain("val, without penalty");
    expect(await page.getByRole("img", { name: /^weights of unit/ }).count()).toBe(16);
    const counts = await page.locator(".confusion button").allTextContents();
    expect(counts.reduce((sum, text) => sum + Number(text), 0)).toBe(200); // every validation image once
    const cell = page.locator(".confusion button").first();
    await cell.click();
    await expect
      .poll(() => page.locator("section[aria-label=Confusion] .picture").count())
      .toBe(Math.min(36, Number(await cell.textContent())));

    await page.locator("section[aria-label='Most wrong images'] .picture").first().click();
    await page.locator(".scores button").first().click();
    await page.locator(".why table button").first().click();
    const score = await page.locator(".why .card h2").first().textContent();
    const terms = (await page.locator(".why table").first().locator("td:last-child").allTextContents()).map((text) =>
      Number(text.replace("−", "-")),
    );
    expect(terms.reduce((a, b) => a + b, 0)).toBeCloseTo(Number(score!.split("= ")[1]!.replace("−", "-")), 1);
    expect(await page.getByRole("img", { name: "weights times image" }).count()).toBe(1);
    const unit = (await page.locator(".unit h2").textContent())!;
    await page.getByRole("link", { name: /Open this neuron/ }).click();
    await page.locator("svg.graph").waitFor();
    await page.keyboard.press("End");
    const before = Number(/\((.*)\)/.exec(unit)![1]!.replace("−", "-"));
    const values = await page.locator("svg.graph .number.value").allTextContents();
    expect(
      values.some((text) => Math.abs(Number(text.replace("−", "-")) - before) < 0.02 * Math.max(1, Math.abs(before))),
    ).toBe(true);
    expect(complaints).toEqual([]);
  });

  test("pause, another learning rate, stop; a run survives a reload and goes on to the end", async () => {
    const { page, complaints } = await studio.open(`#/train?${small},epochs:2000`);
    await page.getByText("6,000 training").waitFor();
    await page.getByRole("button", { name: "Train", exact: true }).click();
    await expect.poll(() => progress(page).textContent(), { timeout: 30_000 }).toMatch(/epoch [3-9]/);
    await page.getByRole("button", { name: "Pause" }).click();
    await page.waitForTimeout(500);
    const at = await progress(page).textContent();
    await page.waitForTimeout(500);
    expect(await progress(page).textContent()).toBe(at);
    await page.getByRole("slider", { name: /learning rate/ }).fill("1");
    await page.getByRole("button", { name: "Go on", exact: true }).first().click();
    await expect.poll(() => progress(page).textContent(), { timeout: 30_000 }).not.toBe(at);
    await page.reload(); // in the middle of an epoch
    const row = page.getByRole("region", { name: "Runs" }).getByRole("row").nth(1);
    await expect.poll(() => row.textContent()).toMatch(/tuned-1.*stopped\d+ of 2000/);
    const epochs = Number(/stopped(\d+) of/.exec((await row.textContent())!)![1]);
    expect(epochs).toBeGreaterThanOrEqual(2);
    await page.getByText("6,000 training").waitFor();
    await page.getByRole("button", { name: "Go on with tuned-1" }).click();
    await expect.poll(() => progress(page).textContent(), { timeout: 30_000 }).toContain("training");
    await page.getByRole("button", { name: "Stop" }).click();
    await expect.poll(() => progress(page).textContent()).toContain("stopped");
    await expect
      .poll(async () => Number(/stopped(\d+) of/.exec((await row.textContent()) ?? "")?.[1]))
      .toBeGreaterThanOrEqual(epochs);
    expect(complaints).toEqual([]);
  });

  test("a checkpoint of the page goes on with the command, and the other way round, to the same weights", async () => {
    const cwd = emptyFolder();
    const { page, complaints } = await studio.open(`#/train?${small},epochs:2,schedule:constant`);
    await train(page, 2);
    const file = await download(page, cwd);
    const saved = parseCheckpoint(readFileSync(file));
    expect([saved.epoch, saved.settings.hiddenDims, saved.kernels]).toEqual([2, [16], "wasm"]);
    const resumed = await chainrule(
      ["train", "--resume", "--checkpoint-file", file, "--epochs", "4", "--dataset", "shapes", "--kernels", "wasm"],
      { cwd },
    );
    expect(resumed).toMatchObject({ status: 0, stderr: expect.stringContaining("resuming") });
    const there = parseCheckpoint(readFileSync(file));
    expect(there.epoch).toBe(4);

    await page.getByRole("spinbutton", { name: "epochs", exact: true }).fill("6");
    await page.getByRole("spinbutton", { name: "epochs", exact: true }).press("Tab");
    await page.getByLabel("Checkpoint", { exact: true }).setInputFiles(file);
    await expect.poll(() => progress(page).textContent(), { timeout: 60_000 }).toContain("finished · epoch 6 of 6");
    expect(complaints).toEqual([]);
  });

  test("dropped files: a dataset folder, and broken ones in one line, with nothing lost", async () => {
    const folder = emptyFolder();
    const dataset = shapesDataset({ numTrain: 60, numTest: 20, size: 8 });
    mkdirSync(join(folder, "tiny"));
    for (const [name, bytes] of formatDatasetFiles(dataset)) writeFileSync(join(folder, "tiny", name), bytes);
    const { page, complaints } = await studio.open("#/train");
    await page.getByText("6,000 training").waitFor();
    const alert = page.getByRole("alert");
    for (const [name, text, message] of [
      ["x.zip", "no zip", "x.zip: expected a zip archive"],
      ["x.tar.gz", "no archive", "x.tar.gz: expected a gzip archive"],
      ["notes.txt", "text", "expected class folders of images"],
      ["train-images-idx3-ubyte", "short", "train-images-idx3-ubyte"],
    ] as const) {
      await page
        .getByLabel("Files", { exact: true })
        .setInputFiles({ name, mimeType: "application/octet-stream", buffer: Buffer.from(text) });
      await expect.poll(() => alert.textContent()).toContain(message);
      expect(await alert.textContent()).not.toContain("\n");
      expect(await page.getByText("6,000 training").count()).toBe(1); // the images from before are still there
    }
    const files = formatDatasetFiles(dataset).map(([name]) => join(folder, "tiny", name));
    await page.getByLabel("Files", { exact: true }).setInputFiles(files);
    await page.getByText("60 training and 20 test images of 3×8×8, 10 classes").waitFor();
    expect(await alert.count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test("two tabs at once train each its own run", async () => {
    const { page, context, complaints } = await studio.open(`#/train?${small},epochs:2`);
    const other = await context.newPage();
    await other.goto(`${studio.url}#/train?${small},epochs:3`);
    await Promise.all([train(page, 2), train(other, 3)]);
    await other.reload();
    const runs = other.getByRole("region", { name: "Runs" });
    await expect.poll(() => runs.getByRole("row").count()).toBe(3);
    await runs
      .getByRole("button", { name: /^Baseline/ })
      .first()
      .click();
    expect(await runs.getByRole("row").nth(2).textContent()).toMatch(/[\d.]+% \([+−][\d.]+\)/);
    await runs.getByRole("checkbox", { name: "logarithmic loss" }).check();
    await runs.getByRole("img", { name: "The runs overlaid" }).waitFor();
    expect(complaints).toEqual([]);
  });

  test.each(["light", "dark"] as const)("nothing that axe complains about, in %s", async (colorScheme) => {
    const { page } = await studio.open(`#/train?${small},epochs:1`, { colorScheme });
    await train(page, 1);
    await page.locator(".picture").first().click();
    await page.locator(".scores button").first().click();
    await page.locator(".why table button").first().click();
    await expectAccessible(page);
  });
});
