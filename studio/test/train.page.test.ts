/** The Train room, as a person uses it. */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { zipSync } from "fflate";
import type { Page } from "playwright-core";
import sharp from "sharp";
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

/** Files from the disk, dropped as a person drops them. */
async function drop(page: Page, files: readonly string[], where = ".drop"): Promise<void> {
  const box = (await page.locator(where).first().boundingBox())!;
  const session = await page.context().newCDPSession(page);
  const place = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  for (const type of ["dragEnter", "dragOver", "drop"] as const)
    await session.send("Input.dispatchDragEvent", {
      ...{ type, ...place },
      data: { items: [], files: [...files], dragOperationsMask: 1 },
    });
  await session.detach();
}

/** A tar archive of these files. */
function tar(files: readonly (readonly [name: string, bytes: Buffer])[]): Buffer {
  const blocks = files.flatMap(([name, bytes]) => {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write(`${(0o644).toString(8).padStart(7, "0")}\0`, 100);
    header.write(`${bytes.length.toString(8).padStart(11, "0")}\0`, 124);
    header.write("        0", 148); // the sum as spaces, then the type: a file
    header.write("ustar\0" + "00", 257);
    const sum = header.reduce((a, b) => a + b, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    return [header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
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
    expect(await page.locator(".unit tbody td").first().textContent()).toMatch(
      /^(red|green|blue), row \d+, column \d+$/,
    );
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

  test("drops: a zip of class folders, IDX files, a tar archive, and a file beside the place for it", async () => {
    const folder = emptyFolder();
    const put = (name: string, bytes: Uint8Array): string => {
      writeFileSync(join(folder, name), bytes);
      return join(folder, name);
    };
    const { page, complaints } = await studio.open("#/train");
    await page.getByText("6,000 training").waitFor();

    const png = (background: string): Promise<Buffer> =>
      sharp({ create: { width: 20, height: 10, channels: 3, background } })
        .png()
        .toBuffer();
    const [red, blue] = [await png("red"), await png("blue")];
    const images = Object.fromEntries(
      Array.from({ length: 12 }, (_, i) => [`pets/${i % 2 ? "cat" : "dog"}/${i}.png`, i % 2 ? blue : red]),
    );
    await drop(page, [put("pets.zip", zipSync({ ...images, "__MACOSX/pets/cat/._1.png": red }))]);
    await page.getByText("images: 10 training and 2 test images of 3×32×32, 2 classes").waitFor();

    const idx = (type: number, shape: readonly number[], data: readonly number[]): Uint8Array =>
      Uint8Array.from([0, 0, type, shape.length, ...shape.flatMap((n) => [0, 0, n >> 8, n & 255]), ...data]);
    const digits = (count: number): [Uint8Array, Uint8Array] => [
      idx(
        8,
        [count, 5, 4],
        Array.from({ length: 20 * count }, (_, i) => i % 256),
      ),
      idx(
        8,
        [count],
        Array.from({ length: count }, (_, i) => i % 3),
      ),
    ];
    const [[trainImages, trainLabels], [testImages, testLabels]] = [digits(9), digits(6)];
    await drop(page, [
      put("train-images-idx3-ubyte.gz", gzipSync(trainImages)),
      put("train-labels-idx1-ubyte", trainLabels),
      put("t10k-images-idx3-ubyte", testImages),
      put("t10k-labels-idx1-ubyte.gz", gzipSync(testLabels)),
    ]);
    await page.getByText("idx: 9 training and 6 test images of 1×5×4, 3 classes").waitFor();

    const dataset = shapesDataset({ numTrain: 60, numTest: 20, size: 8 });
    const files = formatDatasetFiles(dataset).map(([name, bytes]) => [`tiny/${name}`, Buffer.from(bytes)] as const);
    const archive = put("tiny.tar.gz", gzipSync(tar(files)));
    await drop(page, [archive]);
    await page.getByText("60 training and 20 test images of 3×8×8, 10 classes").waitFor();

    await drop(page, [archive], "nav"); // missed: the page stays
    expect(await page.getByText("60 training and 20 test").count()).toBe(1);
    expect(await page.getByRole("alert").count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test("a drawing of one's own is classified when the pen is lifted, and the pad is cleared", async () => {
    const { page, complaints } = await studio.open(`#/train?${small},epochs:1`);
    await train(page, 1);
    await page.getByRole("button", { name: "Draw", exact: true }).click();
    const pad = page.getByRole("img", { name: "A place to draw with the pointer" });
    const ink = (): Promise<number> =>
      pad.evaluate((canvas: HTMLCanvasElement) => {
        const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true })!;
        copy.drawImage(canvas, 0, 0);
        const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
        return data.filter((value, i) => i % 4 === 0 && value < 128).length;
      });
    await pad.scrollIntoViewIfNeeded();
    const box = (await pad.boundingBox())!;
    await page.mouse.move(box.x + 40, box.y + 40);
    await page.mouse.down();
    await page.mouse.move(box.x + 120, box.y + 60, { steps: 5 });
    await page.mouse.move(box.x + 60, box.y + 120, { steps: 5 });
    expect(await ink()).toBeGreaterThan(1000);
    expect(await page.locator(".scores li").count()).toBe(0); // not before it is done
    await page.mouse.up();
    await expect.poll(() => page.locator(".scores li").count()).toBe(10);
    const shares = (await page.locator(".scores span").allTextContents()).map((text) => Number.parseFloat(text));
    expect(shares.reduce((a, b) => a + b, 0)).toBeCloseTo(100, 0);
    await page.getByRole("button", { name: "Clear" }).click();
    expect(await ink()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test("more settings: images that are changed, warm-up and the others are in the link and in the run", async () => {
    const { page, complaints } = await studio.open("#/train?set=numVal:200,hiddenDims:16,epochs:1");
    const summary = page.getByText("More settings");
    expect(await page.getByLabel("training images", { exact: true }).isVisible()).toBe(false);
    await summary.click();
    for (const [label, value] of [
      ["training images", "600"],
      ["warm-up, share of the run", "0.1"],
      ["clip gradients at norm", "5"],
      ["whitened components", "20"],
      ["shift images, pixels", "1"],
    ] as const) {
      await page.getByLabel(label, { exact: true }).fill(value);
      await page.getByLabel(label, { exact: true }).press("Tab");
    }
    await page.getByLabel("mirror images").check();
    await page.getByRole("combobox", { name: "optimizer" }).selectOption("adamw");
    await page.getByLabel("weight decay (adamw)").fill("0.01");
    await page.getByLabel("weight decay (adamw)").press("Tab");
    await page.reload();
    await train(page, 1);
    const downloading = page.waitForEvent("download");
    await page.getByRole("button", { name: "JSON" }).click();
    const { settings } = JSON.parse(readFileSync(await (await downloading).path(), "utf8"));
    expect(settings).toMatchObject({
      ...{ numTrain: 600, warmup: 0.1, clip: 5, whiten: 20, weightDecay: 0.01, momentum: 0 },
      augment: { mirror: true, shift: 1 },
    });
    await page.getByText("More settings").click();
    await page.getByLabel("training images", { exact: true }).fill("");
    await page.getByLabel("training images", { exact: true }).press("Tab");
    await expect.poll(() => decodeURIComponent(page.url())).toContain("numTrain:all");
    expect(complaints).toEqual([]);
  });

  test("one run is trained in one tab at a time: another says so, and goes on when the first has stopped", async () => {
    const { page, context, complaints } = await studio.open(`#/train?${small},epochs:2000`);
    await page.getByText("6,000 training").waitFor();
    await page.getByRole("button", { name: "Train", exact: true }).click();
    await expect.poll(() => progress(page).textContent(), { timeout: 30_000 }).toMatch(/epoch [2-9]/);
    const other = await context.newPage();
    await other.goto(`${studio.url}#/train?${small},epochs:2000`);
    await other.getByText("6,000 training").waitFor();
    const row = other.getByRole("region", { name: "Runs" }).getByRole("row").nth(1);
    await expect.poll(() => row.textContent()).toContain("in another tab");
    await other.getByRole("button", { name: "Go on with tuned-1" }).click();
    await expect.poll(() => other.getByRole("alert").textContent()).toBe("tuned-1 is going on in another tab.");
    await page.getByRole("button", { name: "Stop" }).click();
    await expect.poll(() => progress(page).textContent()).toContain("stopped");
    await expect.poll(() => row.textContent(), { timeout: 10_000 }).toContain("stopped");
    const before = Number(/stopped(\d+) of/.exec((await row.textContent())!)![1]);
    await other.getByRole("button", { name: "Go on with tuned-1" }).click();
    await expect
      .poll(async () => Number(/epoch (\d+)/.exec((await progress(other).textContent()) ?? "")?.[1]), {
        timeout: 30_000,
      })
      .toBeGreaterThan(before);
    await page.getByRole("button", { name: "Go on with tuned-1" }).click(); // now the other way round
    await expect.poll(() => page.getByRole("alert").textContent()).toBe("tuned-1 is going on in another tab.");
    await other.getByRole("button", { name: "Stop" }).click();
    expect(complaints).toEqual([]);
  });

  test("a run that is stopped before its first epoch stays, and starts again with the same settings", async () => {
    const { page, complaints } = await studio.open("#/train?set=hiddenDims:512 512,batchSize:16,epochs:3,seed:7");
    await page.getByText("6,000 training").waitFor();
    await page.getByRole("button", { name: "Train", exact: true }).click();
    await expect.poll(() => progress(page).textContent(), { timeout: 30_000 }).toContain("training · epoch 1");
    await page.getByRole("button", { name: "Stop" }).click();
    const row = page.getByRole("region", { name: "Runs" }).getByRole("row").nth(1);
    await expect.poll(() => row.textContent(), { timeout: 10_000 }).toMatch(/tuned-1.*stopped0 of 3/);
    await page.goto(`${studio.url}#/layers`);
    await page.goto(`${studio.url}#/train?${small},epochs:1`);
    await page.reload();
    await expect.poll(() => row.textContent()).toMatch(/tuned-1.*stopped0 of 3/);
    await page.getByText("6,000 training").waitFor();
    await page.getByRole("button", { name: "Go on with tuned-1" }).click();
    await expect
      .poll(() => progress(page).textContent(), { timeout: 30_000 })
      .toMatch(/tuned-1 · training · epoch 1 of 3/);
    await page.getByRole("button", { name: "Stop" }).click();
    await expect.poll(() => progress(page).textContent()).toContain("stopped");
    expect(complaints).toEqual([]);
  });

  test("a run is chosen by clicking its curve, or by its name", async () => {
    const { page, complaints } = await studio.open(`#/train?${small},epochs:3`);
    await train(page, 3);
    await page.getByRole("spinbutton", { name: "learning rate" }).fill("0.002");
    await page.getByRole("spinbutton", { name: "learning rate" }).press("Tab");
    await page.getByRole("button", { name: "Train again" }).click();
    await expect.poll(() => progress(page).textContent(), { timeout: 60_000 }).toMatch(/tuned-2 · finished/);
    const overlaid = page.getByRole("img", { name: "The runs overlaid" });
    await overlaid.scrollIntoViewIfNeeded();
    const ids = await overlaid
      .locator("[data-series]")
      .evaluateAll((paths) => [...new Set(paths.map((path) => path.getAttribute("data-series")))]);
    expect(ids).toHaveLength(2);
    const middle = await overlaid
      .locator(`[data-series="${ids[1]}"]`)
      .first()
      .evaluate((path: SVGPathElement) => {
        const { x, y } = path.getPointAtLength(path.getTotalLength() / 2).matrixTransform(path.getScreenCTM()!);
        return { x, y };
      });
    await page.mouse.click(middle.x, middle.y + 3); // nearly
    const card = page.getByRole("region", { name: "The chosen run" });
    await expect.poll(() => card.textContent()).toContain("tuned-2");
    expect(await card.textContent()).toContain("learningRate 0.002");
    const name = page.getByRole("button", { name: "tuned-1", exact: true });
    await name.click();
    await expect.poll(() => card.textContent()).toContain("tuned-1");
    expect(await name.getAttribute("aria-pressed")).toBe("true");
    await name.click();
    await expect.poll(() => card.count()).toBe(0);
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
