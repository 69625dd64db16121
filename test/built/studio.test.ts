/** `chainrule studio` as a process: it says where it is, serves the page, and ends when it is asked to. */
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { gzipSync } from "node:zlib";
import { expect, onTestFinished, test } from "vitest";
import { emptyFolder, spawnChainrule, startChainrule } from "../command.ts";

test.each(["SIGINT", "SIGTERM"] as const)("serves the page until %s", async (signal) => {
  const child = startChainrule(["studio", "--no-open"], emptyFolder());
  onTestFinished(() => void child.kill("SIGKILL"));
  const [url] = (await once(createInterface(child.stdout!), "line")) as [string];
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  const page = await fetch(url);
  expect(await page.text()).toContain("<title>Chainrule studio</title>");
  child.kill(signal);
  const [code, killedBy] = await once(child, "exit");
  expect([code, killedBy]).toEqual([0, null]);
  await expect(fetch(url)).rejects.toThrow();
});

test("mistakes are one line", () => {
  for (const [args, message] of [
    [["--port", "70000"], /expected a port from 0 to 65535/],
    [["--port", "x"], /expected a port/],
    [["--data-dir", "nowhere"], /nowhere/],
    [["--data-dir", "."], /expected a dataset .* got neither/],
  ] as const) {
    const { status, stdout, stderr } = spawnChainrule(["studio", "--no-open", ...args], { cwd: emptyFolder() });
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  }
});

/** What the browser asks for before the first room is there: everything that the page and the Graph room import. */
function firstLoad(folder: string): string[] {
  const found = new Set<string>();
  const visit = (file: string): void => {
    if (found.has(file)) return;
    found.add(file);
    if (!file.endsWith(".js")) return;
    const code = readFileSync(join(folder, file), "utf8");
    for (const [, name] of code.matchAll(/(?:from|import)\s*["'`]\.\/([\w.-]+\.js)["'`]/g)) visit(`assets/${name}`);
  };
  const html = readFileSync(join(folder, "index.html"), "utf8");
  found.add("index.html").add("icon.svg");
  for (const [, file] of html.matchAll(/(?:src|href)="\.\/(assets\/[^"]+)"/g)) visit(file!);
  for (const name of readdirSync(join(folder, "assets")).filter((name) => /^graph-.*\.(js|css)$/.test(name)))
    visit(`assets/${name}`);
  return [...found];
}

test("the first load is at most 150 KB, compressed", () => {
  const files = firstLoad("dist/studio");
  expect(files.length).toBeGreaterThan(4);
  const bytes = files.map((file) => gzipSync(readFileSync(join("dist/studio", file))).length);
  const total = bytes.reduce((a, b) => a + b);
  expect(total).toBeGreaterThan(20_000);
  expect(total).toBeLessThanOrEqual(150_000);
});

test("the service worker keeps every built file but itself", () => {
  const built = readdirSync("dist/studio", { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice("dist/studio/".length));
  const [, list = "[]"] = /files:\w+,version:\w+\}=\{"files":(\[[^\]]*\])/.exec(
    readFileSync("dist/studio/sw.js", "utf8"),
  )!;
  expect(JSON.parse(list)).toEqual(built.filter((file) => file !== "sw.js").sort());
  expect(JSON.parse(list)).toContain("data/index.json"); // on a host of files the Train room finds that there are none
});
