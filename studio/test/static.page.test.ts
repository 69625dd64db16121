/** The built page on any host of files: in a folder, isolated by its own service worker, offline, or without a service worker. */
import { readdirSync } from "node:fs";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { executablePath, launchArguments, missing } from "./browser.ts";
import { type StaticHost, staticHost } from "./static-host.ts";

let browser: Browser;

async function open(
  host: StaticHost,
  hash: string,
  options: BrowserContextOptions = {},
): Promise<{ page: Page; complaints: string[] }> {
  const context = await browser.newContext(options);
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(host.url + hash);
  return { page, complaints };
}

const isIsolated = (page: Page): Promise<boolean> => page.evaluate(() => crossOriginIsolated).catch(() => false);

describe.skipIf(missing)(`on a host of files${missing}`, { timeout: 60_000 }, () => {
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args: [...launchArguments] });
  }, 60_000);
  afterAll(() => browser?.close());

  async function host(folder: string): Promise<StaticHost> {
    const started = await staticHost(folder);
    onTestFinished(() => started.close());
    return started;
  }

  test("in a folder, the service worker isolates the page, and keeps all of it for when there is no network: training on all threads too", async () => {
    const served = await host("/some/where/");
    const { page, complaints } = await open(served, "#/layers?part=tanh");
    await expect.poll(() => isIsolated(page), { timeout: 20_000 }).toBe(true);
    await page.getByRole("heading", { name: "Tanh" }).waitFor();
    expect(await page.evaluate(() => typeof SharedArrayBuffer)).toBe("function");
    expect(served.asked.filter((path) => !path.startsWith("/some/where/"))).toEqual([]);
    const kept = await page.evaluate(async () => {
      const [name = ""] = await caches.keys();
      return (await (await caches.open(name)).keys()).map(({ url }) => new URL(url).pathname).sort();
    });
    const built = readdirSync("dist/studio", { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name !== "sw.js")
      .map(({ parentPath, name }) => `${parentPath}/${name}`.replace("dist/studio/", "/some/where/"))
      .sort();
    expect(kept).toEqual(built);

    await served.close();
    await page.reload();
    await page.getByRole("heading", { name: "Tanh" }).waitFor();
    expect(await isIsolated(page)).toBe(true);
    for (const [room, seen] of [
      ["Graph", "Graph and inputs"],
      ["Layers", "Layers, losses and optimizers"],
    ] as const) {
      await page.getByRole("link", { name: room, exact: true }).click();
      await page.getByLabel(seen).first().waitFor(); // rooms that had not been opened before
    }
    await page.getByRole("link", { name: "Train", exact: true }).click();
    await page.getByRole("button", { name: "Train", exact: true }).click();
    const threads = await page.evaluate(() => navigator.hardwareConcurrency);
    await page.getByText(new RegExp(`WebAssembly SIMD.* ${threads} threads?`)).waitFor();
    expect(complaints).toEqual([]);
  });

  test("the page carries its policy: no script but its own runs", async () => {
    const served = await host("/");
    const { page, complaints } = await open(served, "#/layers", { serviceWorkers: "block" });
    await page.getByRole("heading", { name: "Fully connected" }).waitFor();
    const ran = await page.evaluate(() => {
      const script = document.createElement("script");
      script.textContent = "globalThis.ran = true";
      document.head.append(script);
      return "ran" in globalThis;
    });
    expect(ran).toBe(false);
    expect(complaints.some((text) => /content security policy/i.test(text))).toBe(true);
  });

  test("a person at work is not interrupted: isolation waits for the next visit", async () => {
    const served = await host("/");
    const context = await browser.newContext();
    onTestFinished(() => context.close());
    const page = await context.newPage();
    await page.addInitScript(() => addEventListener("DOMContentLoaded", () => dispatchEvent(new Event("pointerdown"))));
    await page.goto(`${served.url}#/layers`);
    await expect
      .poll(() => page.evaluate(() => navigator.serviceWorker.controller !== null), { timeout: 20_000 })
      .toBe(true);
    await page.waitForTimeout(300);
    expect(await isIsolated(page)).toBe(false);
    await page.reload();
    expect(await isIsolated(page)).toBe(true);
  });

  test("without service workers the page works, on one thread", async () => {
    const served = await host("/");
    const { page, complaints } = await open(served, "#/layers?part=gelu", { serviceWorkers: "block" });
    await page.getByRole("heading", { name: "GELU", exact: true }).waitFor();
    expect(await isIsolated(page)).toBe(false);
    await page.getByRole("link", { name: "Train", exact: true }).click();
    await page.getByRole("button", { name: "Train", exact: true }).click();
    await page.getByText(/WebAssembly SIMD.* 1 thread$/).waitFor();
    expect(complaints.filter((text) => !/service worker registration blocked/i.test(text))).toEqual([]);
  });
});
