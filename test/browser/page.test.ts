/** Training in a page of a real browser, with the built library as a bundler takes it. */
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { build } from "rolldown";
import { expect, onTestFinished, test } from "vitest";
import { setKernels, shapesDataset, type TrainSettings, trainingSession } from "../../src/index.ts";
import { emptyFolder } from "../command.ts";
import settings from "./page-settings.json" with { type: "json" };

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const where = existsSync(executablePath) ? "" : ` (skipped: no ${executablePath}; CHROMIUM names another)`;

interface Trained {
  readonly losses: number[];
  readonly kernels: string;
}

async function bundle(): Promise<string> {
  const file = join(emptyFolder(), "page.js");
  await build({ input: "test/browser/page.js", platform: "browser", output: { file }, logLevel: "silent" });
  return readFileSync(file, "utf8");
}

/** Opens the page; it may share memory with workers only when it is served with the right headers. */
async function open(browser: Browser, script: string, headers: object): Promise<{ page: Page; complaints: string[] }> {
  const server = createServer(({ url }, response) => {
    const [type, text] =
      url === "/page.js" ? ["text/javascript", script] : ["text/html", '<script type="module" src="page.js"></script>'];
    response.writeHead(url === "/favicon.ico" ? 204 : 200, { "content-type": type, ...headers }).end(text);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  onTestFinished(() => void server.close());
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.addInitScript(() => Object.defineProperty(navigator, "hardwareConcurrency", { value: 3 }));
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  return { page, complaints };
}

async function lossesHere(): Promise<number[]> {
  setKernels("loops");
  const losses: number[] = [];
  for await (const event of trainingSession(shapesDataset({ numTrain: 600 }), settings as TrainSettings))
    if (event.type === "step") losses.push(event.loss);
  return losses;
}

test.skipIf(where)(`a page trains as Node does, on three threads or on one${where}`, { timeout: 120_000 }, async () => {
  const args = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run"];
  const browser = await chromium.launch({ executablePath, args });
  onTestFinished(() => browser.close());
  const script = await bundle();
  const expected = await lossesHere();
  expect(expected.at(-1)).toBeLessThan(expected[0]! / 2);
  const isolated = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };
  for (const [threads, headers] of [
    [3, isolated],
    [1, {}],
  ] as const) {
    const { page, complaints } = await open(browser, script, headers);
    const { losses, kernels } = (await page.evaluate("trained")) as Trained;
    expect(kernels).toMatch(new RegExp(`^WebAssembly SIMD.*, ${threads} threads?$`));
    expect(losses).toHaveLength(expected.length);
    for (const [i, loss] of losses.entries()) expect(loss).toBeCloseTo(expected[i]!, 3);
    expect(page.workers()).toHaveLength(threads - 1);
    await expect.poll(() => page.evaluate("waitingThreads()")).toBe(threads - 1);
    expect(complaints).toEqual([]);
  }
});
