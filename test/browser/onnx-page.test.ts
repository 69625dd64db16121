/** examples/onnx-page in a real browser, with a model that was trained here. */
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { chromium } from "playwright-core";
import sharp from "sharp";
import { expect, onTestFinished, test } from "vitest";
import { preprocessedExamples } from "../../src/data/index.ts";
import { formatOnnx } from "../../src/export/index.ts";
import { shapesDataset } from "../../src/index.ts";
import { evaluatedModel, presets, startRun, trainingSession } from "../../src/training/index.ts";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const where = existsSync(executablePath) ? "" : ` (skipped: no ${executablePath}; CHROMIUM names another)`;
const types: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};

test.skipIf(where)(
  `a page with onnxruntime-web classifies pictures as we do${where}`,
  { timeout: 120_000 },
  async () => {
    const dataset = shapesDataset({ numTrain: 400, numTest: 3, size: 16 });
    const settings = { ...presets.tuned, numTrain: 300, numVal: 100, hiddenDims: [32], epochs: 4 };
    let run = startRun(dataset, settings);
    for await (const event of trainingSession(dataset, settings)) if (event.type === "started") run = event.run;
    const model = evaluatedModel(run);
    const rows = Int32Array.of(0, 1, 2);
    const expected = model.predict(preprocessedExamples(dataset.test, dataset, rows, run).batch(rows).x);
    const made: Readonly<Record<string, string | Uint8Array>> = {
      "/model.onnx": formatOnnx({ ...run, model }, { input: "uint8", output: "probabilities" }),
      "/classes.json": JSON.stringify(dataset.classNames),
    };

    const server = createServer(({ url = "/" }, response) => {
      const path = url === "/" ? "/index.html" : url;
      const ort = /^\/ort\/([\w.-]+)$/.exec(path)?.[1];
      const file = ort ? join("node_modules/onnxruntime-web/dist", ort) : join("examples/onnx-page", path);
      const body = made[path] ?? (existsSync(file) ? readFileSync(file) : undefined);
      response.writeHead(body === undefined ? 404 : 200, {
        "content-type": types[extname(path)] ?? "application/octet-stream",
      });
      response.end(body);
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    onTestFinished(() => void server.close());
    const args = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run"];
    const browser = await chromium.launch({ executablePath, args });
    onTestFinished(() => browser.close());
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.getByText("become 16×16 pixels").waitFor();

    for (const row of rows) {
      const planes = dataset.test.images.subarray(row * 768, (row + 1) * 768);
      const pixels = Uint8Array.from({ length: 768 }, (_, i) => planes[(i % 3) * 256 + Math.floor(i / 3)]!);
      const buffer = await sharp(pixels, { raw: { width: 16, height: 16, channels: 3 } })
        .png()
        .toBuffer();
      await page.locator("#classes").evaluate((table) => table.replaceChildren());
      await page.setInputFiles("#file", { name: `${row}.png`, mimeType: "image/png", buffer });
      await expect
        .poll(() => page.locator("#classes td").first().textContent())
        .toBe(dataset.classNames[expected[row]!]);
    }
    await page.setInputFiles("#file", { name: "no.png", mimeType: "image/png", buffer: Buffer.from("no picture") });
    await page.getByText("cannot be read").waitFor();
  },
);
