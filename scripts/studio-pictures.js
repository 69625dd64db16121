/** Draws the pictures of docs/studio.md: opens the built page in Chromium (or the browser that CHROMIUM names) and takes them. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const pictures = [
  { name: "studio-graph", hash: "#/graph?step=11", height: 720 },
  { name: "studio-predict", hash: "#/graph?predict=1&step=5", prepare: predict },
  { name: "studio-train", hash: "#/train", prepare: train },
  { name: "studio-why", prepare: askWhy, of: "#why" }, // on the page of the one before
  { name: "studio-fit", hash: "#/fit" },
  { name: "studio-layers", hash: "#/layers?part=fc", prepare: check, width: 1440, height: 1000 },
  { name: "studio-valley", hash: "#/layers?part=adam", of: ".stage" },
];

/** As far as the fourth question: the gradient of e through +1. */
async function predict(page) {
  for (let i = 0; i < 3; i++) await page.getByRole("button", { name: "Show it" }).click();
}

async function train(page) {
  await page.getByRole("button", { name: "Train", exact: true }).click();
  await page.getByRole("button", { name: "Train again" }).waitFor({ timeout: 120_000 });
}

/** The image that is most wrong, and the first hidden unit in its score. */
async function askWhy(page) {
  await page.locator("button.picture").first().click();
  await page.locator("#why .scores button").first().click();
  await page.locator("#why .card button").first().click();
  await page.waitForTimeout(1000);
}

async function check(page) {
  await page.getByRole("button", { name: "Check the gradients" }).click();
  await page.getByText("gradients agree").waitFor();
}

const studio = spawn(process.execPath, ["dist/cli/run.js", "studio", "--no-open"], {
  stdio: ["ignore", "pipe", "inherit"],
});
const [url] = await once(createInterface(studio.stdout), "line");
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-background-networking"],
});
try {
  const page = await browser.newPage({ colorScheme: "light", reducedMotion: "reduce" });
  for (const { name, hash, prepare, of, width = 1280, height = 860 } of pictures) {
    if (hash) {
      await page.setViewportSize({ width, height });
      await page.goto("about:blank");
      await page.goto(url + hash);
      await page.locator("main section").first().waitFor();
      await page.waitForTimeout(500);
    }
    await prepare?.(page);
    if (!of) await page.evaluate("scrollTo(0, 0)");
    await (of ? page.locator(of) : page).screenshot({ path: `docs/images/${name}.png` });
    console.log(`wrote docs/images/${name}.png`);
  }
} finally {
  await browser.close();
  studio.kill("SIGINT");
}
