/** A real browser on the built page, as `chainrule studio` serves it. */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect } from "vitest";
import { serveStudio } from "../../src/node/studio-server.ts";

export const executablePath: string = process.env.CHROMIUM ?? "/usr/bin/chromium";
/** Why the tests are skipped, for their names; empty where there is a browser. */
export const missing: string = existsSync(executablePath)
  ? ""
  : ` (skipped: no ${executablePath}; CHROMIUM names another)`;

export const launchArguments: readonly string[] = [
  "--no-sandbox",
  "--disable-background-networking",
  "--disable-component-update",
  "--no-first-run",
];

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export interface Studio {
  /** Opens `#/…` in a context of its own; every complaint of the page is collected. */
  open(hash: string, options?: BrowserContextOptions): Promise<Opened>;
  readonly url: string;
}

export interface Opened {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors and warnings on the console, and uncaught errors. */
  readonly complaints: string[];
}

/** For one file of tests. */
export function useStudio({ dataDir }: { dataDir?: string } = {}): Studio {
  let browser: Browser | undefined;
  let stop = (): void => {};
  let url = "";
  beforeAll(async () => {
    if (missing) return;
    browser = await chromium.launch({ executablePath, args: [...launchArguments] });
    const served = await serveStudio({ folder: "dist/studio", port: 0, dataDir });
    url = served.url;
    stop = () => {
      served.server.close();
      served.server.closeAllConnections();
    };
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    stop();
  });
  return {
    get url() {
      return url;
    },
    async open(hash, options = {}) {
      const context = await browser!.newContext({ viewport: { width: 1280, height: 900 }, ...options });
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on("console", (message) => {
        if (["error", "warning"].includes(message.type())) complaints.push(message.text());
      });
      page.on("pageerror", (error) => complaints.push(String(error)));
      await page.goto(url + hash);
      await page.getByRole("navigation", { name: "Rooms" }).waitFor();
      return { page, context, complaints };
    },
  };
}

/** No violation that axe finds, of any severity. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(axe); // evaluate is not held by the page's policy
  const violations = await page.evaluate(async () => {
    const { violations } = await (
      globalThis as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } }
    ).axe.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`);
  });
  expect(violations).toEqual([]);
}

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string }[];
}
