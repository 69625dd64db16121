/** Pages to PDF, by the browser that is on this machine. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, constants, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";
import { UserError } from "./user-mistake.ts";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge"];
const places = [
  ...["/usr/bin/chromium", "/usr/bin/google-chrome", "/snap/bin/chromium"],
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
  "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe",
];

/** `CHAINRULE_CHROMIUM`, else Chromium or a relative of it on the path or in its usual place; undefined where there is none. */
export async function findChromium(): Promise<string | undefined> {
  const named = process.env.CHAINRULE_CHROMIUM;
  const ending = process.platform === "win32" ? ".exe" : "";
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const candidates = named
    ? [named]
    : [...names.flatMap((name) => folders.map((folder) => join(folder, name + ending))), ...places];
  for (const path of candidates)
    if (
      await access(path, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return path;
  return undefined;
}

/**
 * @param html - a page that needs no other file
 * @param limitMs - longest time for it
 * @returns the PDF, tagged for screen readers and with its headings as an outline
 * @throws {UserError} when the browser makes none
 */
export async function printToPdf(html: string, browser: string, limitMs = 120_000): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), "chainrule-pdf-"));
  const [page, pdf] = [join(folder, "report.html"), join(folder, "report.pdf")];
  try {
    await writeFile(page, html);
    const said = await runBrowser(
      browser,
      [...flags, `--user-data-dir=${join(folder, "profile")}`, `--print-to-pdf=${pdf}`, pathToFileURL(page).href],
      limitMs,
    );
    const bytes = await readFile(pdf).catch(() => undefined);
    if (bytes?.subarray(0, 5).toString() === "%PDF-") return bytes;
    throw new UserError(`${browser} made no PDF; --out report.html works without it (${said})`);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

const flags = [
  ...[
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--no-first-run",
  ],
  ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
  ...["--no-pdf-header-footer", "--export-tagged-pdf", "--generate-pdf-document-outline"],
];

/** @returns the last line that the browser wrote, or how it ended */
async function runBrowser(browser: string, args: readonly string[], limitMs: number): Promise<string> {
  const child = spawn(browser, args, { stdio: ["ignore", "ignore", "pipe"], timeout: limitMs, killSignal: "SIGKILL" });
  let said = "";
  child.stderr.on("data", (chunk) => {
    said = (said + chunk).slice(-2000);
  });
  try {
    const [code, signal] = await once(child, "close");
    return signal === "SIGKILL"
      ? `ended after ${limitMs / 1000} s`
      : said.trim().split("\n").at(-1) || `exit code ${code}`;
  } catch (error) {
    return (error as Error).message;
  }
}
