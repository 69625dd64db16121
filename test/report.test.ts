/** `chainrule report`: what is in it, what it says is missing, and what students write into it. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findChromium } from "../src/node/chromium.ts";
import { commandLine } from "../src/node/report/index.ts";
import { inlineSvg } from "../src/node/report/inline-svg.ts";
import { chainrule, emptyFolder } from "./command.ts";
import { writeSmallDataset } from "./small-dataset.ts";

const dataset = writeSmallDataset(mkdtempSync(join(tmpdir(), "chainrule-report-data-")));
const cwd = mkdtempSync(join(tmpdir(), "chainrule-report-"));
afterAll(() => {
  for (const folder of [dataset, cwd]) rmSync(folder, { recursive: true });
});
const quick = ["--dataset", dataset, "--num-val", "60", "--epochs", "2", "--kernels", "loops", "--hidden-dim"];
const read = (name: string): string => readFileSync(join(cwd, name), "utf8");
const record = (run: string) => JSON.parse(read(`runs/${run}/run.json`));
const chromium = await findChromium();

/** Every link of the page leads to something on it; the ids. */
function checkLinks(html: string): Set<string> {
  const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id!);
  const own = ids.filter((id) => !id.startsWith("plot-")); // cuts of drawings, which may be equal
  expect(own.length).toBe(new Set(own).size);
  for (const [, target] of html.matchAll(/ href="#([^"]+)"/g)) expect(own).toContain(target);
  return new Set(own);
}

beforeAll(async () => {
  const calls = [
    ["graph", "tanh(w*x + b)", "--at", "w=0.5,x=2,b=-0.3", "--code", "python", "--keep"],
    ["fit", "run", "--steps", "3", "--keep"],
    ["fit", "run", "--steps", "60", "--keep"],
    ["fit", "run", "--method", "ransac", "--keep"],
    ["fit", "compare", "--shares", "0,0.4", "--repeats", "2", "--steps", "50", "--keep"],
    ["train", ...quick, "5"],
    ["train", ...quick, "4", "--preset", "overfit", "--num-train", "40"],
    ["test", "--run", "tuned-1"],
  ];
  for (const args of calls)
    expect({ args, status: (await chainrule(args, { cwd })).status }).toEqual({ args, status: 0 });
});

describe("with everything there", () => {
  test("graph, fit and compare keep a record like that of a training, and only what was asked for", () => {
    expect(readdirSync(cwd)).toEqual(["runs"]);
    expect(readdirSync(join(cwd, "runs")).sort()).toEqual([
      "compare-1",
      "fit-1",
      "fit-2",
      "fit-3",
      "graph-1",
      "overfit-1",
      "tuned-1",
    ]);
    expect(readdirSync(join(cwd, "runs/graph-1")).sort()).toEqual(["graph.py", "graph.svg", "run.json", "steps.txt"]);
    expect(readdirSync(join(cwd, "runs/fit-2")).sort()).toEqual(["history.csv", "loss.svg", "run.json"]);
    expect(readdirSync(join(cwd, "runs/fit-3"))).toEqual(["run.json"]);
    expect(readdirSync(join(cwd, "runs/compare-1")).sort()).toEqual(["errors.svg", "fits.svg", "run.json"]);
    const { format, kind, name, status, seed, settings, results, versions, machine } = record("fit-2");
    expect({ format, kind, name, status, seed }).toEqual({
      format: 1,
      kind: "fit",
      name: "fit-2",
      status: "finished",
      seed: 442,
    });
    expect(settings).toEqual({
      method: "gd",
      learningRate: "auto",
      steps: 60,
      data: "the built-in letter F",
      count: 600,
    });
    const training = record("tuned-1");
    expect({ versions, machine }).toEqual({ versions: training.versions, machine: training.machine });
    const rows = read("runs/fit-2/history.csv").trimEnd().split("\n");
    expect(rows).toHaveLength(62);
    expect(Number(rows.at(-1)!.split(",")[1])).toBe(results.loss);
  });

  test("the numbers are those of the runs, and each links to its line in the appendix", async () => {
    const { status, stdout, stderr } = await chainrule(["report"], { cwd });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "", stderr: "wrote report.html\n" });
    const html = read("report.html");
    const ids = checkLinks(html);
    expect(html).not.toMatch(/class="missing"/);
    const appendix = Object.fromEntries(
      [...html.matchAll(/<h3 id="(a\d+)">A\d+ ([\w-]+):/g)].map(([, id, name]) => [name, id]),
    );
    expect(Object.keys(appendix)).toEqual(["graph-1", "fit-2", "compare-1", "tuned-1", "overfit-1"]);
    const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;
    const tuned = record("tuned-1");
    const { accuracy, count, times } = JSON.parse(read("runs/tuned-1/test.json"));
    expect({ count, times }).toEqual({ count: 80, times: 1 });
    const link = (run: string, path: string, text: string): string => `<a href="#${appendix[run]}.${path}">${text}</a>`;
    for (const line of [
      link("tuned-1", "results.best.valAccuracy", percent(tuned.results.best.valAccuracy)),
      `<strong>${link("tuned-1", "test.accuracy", percent(accuracy))}</strong>, measured once`,
      link("tuned-1", "settings.learningRate", "0.02"),
      link("tuned-1", "seed", "442"),
      link("overfit-1", "settings.numTrain", "40"),
      link("overfit-1", "results.last.trainAccuracy", percent(record("overfit-1").results.last.trainAccuracy)),
      link("fit-2", "results.s.0", String(Number(record("fit-2").results.s[0][0].toPrecision(5)))),
      link("fit-2", "results.steps", "60"),
      record("compare-1").results.reading[0],
      "def f(w, x, b):",
      "They agree to",
    ])
      expect({ line, isThere: html.includes(line) }).toEqual({ line, isThere: true });
    expect(ids).toContain(`${appendix["compare-1"]}.results.rows.7`);
    for (const [, kind, number] of html.matchAll(/<b>(Figure|Table|Listing) (\d+)\./g))
      expect(ids).toContain(`${kind!.toLowerCase()}-${number}`);
    expect([...html.matchAll(/<b>Figure (\d+)\./g)].map(([, number]) => Number(number))).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  test("the page asks nothing of any other place", async () => {
    await chainrule(["report", "--out", "alone.html"], { cwd });
    const html = read("alone.html");
    expect(html).toContain("default-src 'none'");
    expect(html).not.toMatch(/<(script|link|iframe|object|image)\b|\bsrc="(?!data:)|@import|url\((?!#)/);
    expect(html.replaceAll("http://www.w3.org/2000/svg", "")).not.toContain("http:");
  });

  test("kept results are no trainings: runs lists none, and a command that wants one says so", async () => {
    expect(JSON.parse((await chainrule(["runs", "--json"], { cwd })).stdout)).toMatchObject({
      runs: [{ name: "overfit-1" }, { name: "tuned-1" }],
      broken: [],
    });
    const { status, stderr } = await chainrule(["test", "--run", "fit-1"], { cwd });
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: expect.stringMatching(/^chainrule: .*fit-1: expected the run of a training, got that of a fit\n$/),
    });
  });

  test("a second look at the test images is counted; one at a part of them is not kept", async () => {
    const times = (): number => JSON.parse(read("runs/tuned-1/test.json")).times;
    const before = times();
    await chainrule(["test", "--run", "tuned-1", "--num-test", "10"], { cwd });
    expect(times()).toBe(before);
    await chainrule(["test", "--run", "tuned-1"], { cwd });
    expect(times()).toBe(before + 1);
    await chainrule(["report", "--out", "twice.html"], { cwd });
    expect(read("twice.html")).toMatch(/measured <a [^>]*>2<\/a> times/);
  });

  test.skipIf(chromium === undefined)(
    `a PDF (${chromium ?? "skipped: no Chromium on this machine"})`,
    async () => {
      const { status, stderr } = await chainrule(["report", "--out", "report.pdf"], { cwd });
      expect({ status, stderr }).toEqual({ status: 0, stderr: "wrote report.pdf\n" });
      const pdf = readFileSync(join(cwd, "report.pdf"), "latin1");
      expect(pdf.slice(0, 5)).toBe("%PDF-");
      expect(pdf).toMatch(/\/StructTreeRoot/);
      expect(pdf).toMatch(/\/Outlines/);
    },
    120_000,
  );
});

describe("with parts missing", () => {
  test("each is named with its command, in the page and on stderr, and nothing is in its place", async () => {
    const here = emptyFolder();
    const { status, stdout, stderr } = await chainrule(["report", "--runs-dir", "my runs", "--json"], { cwd: here });
    const { missing } = JSON.parse(stdout);
    expect(status).toBe(0);
    const commands = [
      "graph f4 --at x=0.8,w=1.5,b=-0.4,y=2 --keep",
      ...["fit run --steps 500 --keep", "fit compare --keep", "train --preset tuned", "train --preset overfit"],
    ].map((command) => `chainrule ${command} '--runs-dir=my runs'`);
    expect(missing.map(({ command }: { command: string }) => command)).toEqual(commands);
    const html = readFileSync(join(here, "report.html"), "utf8");
    for (const command of commands) {
      expect(html).toContain(`<code>${command}</code>`);
      expect(stderr).toContain(command);
    }
    expect(html).not.toContain("<figure");
    checkLinks(html);
  });

  test("a test that nobody has made, a model that is gone, a drawing that is not one of ours", async () => {
    const here = emptyFolder();
    await chainrule(["train", ...quick, "3"], { cwd: here });
    await chainrule(["train", ...quick, "3", "--preset", "overfit"], { cwd: here });
    await chainrule(["graph", "x*x", "--at", "x=3", "--keep"], { cwd: here });
    rmSync(join(here, "runs/overfit-1/model.safetensors"));
    writeFileSync(
      join(here, "runs/graph-1/graph.svg"),
      '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    );
    await chainrule(["report"], { cwd: here });
    const html = readFileSync(join(here, "report.html"), "utf8");
    expect(html).toContain("<code>chainrule test --run tuned-1</code>");
    expect(html).toMatch(
      /what overfit-1 showed \([^)]*model\.safetensors: no such file or folder\).*<code>chainrule train --preset overfit/,
    );
    expect(html).toMatch(/what graph-1 showed .*as chainrule writes them, got &lt;script&gt;/);
    expect(html).not.toContain("<script");
    checkLinks(html);
  });

  test("--run-missing makes them, with what is there left alone; a second report finds all", async () => {
    const here = emptyFolder();
    await chainrule(["graph", "x*x", "--at", "x=3", "--keep"], { cwd: here });
    const args = ["report", "--run-missing", "--dataset", dataset, "--out", "all.html"];
    const { status, stdout, stderr } = await chainrule(args, { cwd: here, env: { CHAINRULE_KERNELS: "wasm" } });
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
    expect(readdirSync(join(here, "runs")).sort()).toEqual(["compare-1", "fit-1", "graph-1", "overfit-1", "tuned-1"]);
    expect(stderr).toContain(`chainrule train --preset tuned --dataset=${dataset}`);
    expect(stderr).toContain("chainrule test --run tuned-1\n");
    expect(stderr.trimEnd().split("\n").at(-1)).toBe("wrote all.html");
    const html = readFileSync(join(here, "all.html"), "utf8");
    expect(html).not.toContain('class="missing"');
    expect(html).toContain("The descent has converged");
    const again = await chainrule(args, { cwd: here });
    expect(again.stderr).toBe("replaced all.html\n");
  }, 120_000);
});

describe("with students' text", () => {
  const page = async (files: Record<string, string>, ...args: string[]): Promise<{ html: string; stderr: string }> => {
    const here = emptyFolder();
    mkdirSync(join(here, "text"));
    for (const [name, content] of Object.entries(files)) writeFileSync(join(here, "text", name), content);
    const { status, stderr } = await chainrule(["report", "--text", "text", ...args], { cwd: here });
    expect(status).toBe(0);
    return { html: readFileSync(join(here, "report.html"), "utf8"), stderr };
  };

  test("it stands in its section, headings below the report's, and the first of introduction.md is the title", async () => {
    const { html, stderr } = await page({
      "introduction.md": "# Homework 1 & *more*\n\nBy Ada.\n",
      "fitting.md": "# Why it works\n\nBecause **so**.\n",
      "conclusion.md": "It was fun.\n",
      "notes.md": "not for you",
    });
    expect(html).toContain("<h1>Homework 1 &amp; *more*</h1>");
    expect(html).toMatch(/<h2 id="fitting">2 Fitting[\s\S]*<h3>Why it works<\/h3>\n<p>Because <strong>so<\/strong>/);
    expect(html).toContain('<h2 id="conclusion">4 Conclusion</h2>');
    expect(html).not.toContain("not for you");
    expect(stderr).toContain("report: text/notes.md was left out: the parts are introduction, graph, fitting");
  });

  test("raw HTML and links that run something stay text; images become part of the page", async () => {
    const pixel = '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>';
    const { html, stderr } = await page({
      "graph.md":
        '<script>alert(1)</script>\n\n<b onclick="x()">bold</b> [run](javascript:alert) ![one](dot.svg) ![two](https://example.org/a.png) ![three](none.png)\n',
      "dot.svg": pixel,
    });
    expect(html).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(html).not.toMatch(/<script|<b onclick|href="javascript/);
    expect(html).toContain(`<img src="data:image/svg+xml;base64,${Buffer.from(pixel).toString("base64")}" alt="one">`);
    expect(html).not.toContain('src="http');
    expect(stderr).toContain("the image https://example.org/a.png was left out: expected the name of a file");
    expect(stderr).toContain("the image none.png was left out: text/none.png: no such file or folder");
  });
});

describe("mistakes are one line, and nothing is written", () => {
  test.each<[string, string[], string, Record<string, string>?]>([
    [
      "another ending",
      ["--out", "report.docx"],
      "report: cannot write report.docx: expected a file ending in .html or .pdf",
    ],
    ["no folder of text", ["--text", "none"], "report: cannot read --text none: no such file or folder"],
    ["a folder without text", ["--text", "."], "report: expected some of introduction.md, graph.md,"],
    ["no folder for the page", ["--out", "none/report.html"], "cannot write none/report.html: the folder"],
    ["a dataset for nothing", ["--dataset", "shapes"], "report: --dataset needs --run-missing"],
    [
      "no browser for a PDF",
      ["--out", "report.pdf", "--run-missing"],
      "report: a PDF is printed by Chromium, which is not at CHAINRULE_CHROMIUM=/nonexistent; --out report.html works without it",
      { CHAINRULE_CHROMIUM: "/nonexistent" },
    ],
    [
      "a browser that prints none",
      ["--out", "report.pdf"],
      "made no PDF; --out report.html works without it (",
      { CHAINRULE_CHROMIUM: process.execPath },
    ],
  ])("%s", async (_, args, message, env = {}) => {
    const here = emptyFolder();
    const { status, stdout, stderr } = await chainrule(["report", ...args], { cwd: here, env });
    const lines = stderr
      .trimEnd()
      .split("\n")
      .filter((line) => !line.startsWith("report: missing"));
    expect({ status, stdout, lines }).toEqual({
      status: 2,
      stdout: "",
      lines: [expect.stringContaining(`chainrule: `)],
    });
    expect(lines[0]).toContain(message);
    expect(readdirSync(here)).toEqual([]);
  });

  test("--keep without numbers, --runs-dir without --keep", async () => {
    const here = emptyFolder();
    for (const [args, message] of [
      [["graph", "x*x", "--keep"], "graph: --keep needs --at with numbers for all inputs"],
      [["graph", "x*x", "--runs-dir", "r"], "graph: --runs-dir needs --keep"],
      [["fit", "run", "--runs-dir", "r"], "fit: --runs-dir needs --keep"],
      [["fit", "compare", "--runs-dir", "r"], "fit compare: --runs-dir needs --keep"],
    ] as const)
      expect(await chainrule(args, { cwd: here })).toMatchObject({ status: 2, stderr: `chainrule: ${message}\n` });
    expect(existsSync(join(here, "runs"))).toBe(false);
  });
});

test("a drawing is taken only if it is one of plain shapes and text", () => {
  const svg = (content: string): string => `<svg xmlns="http://www.w3.org/2000/svg" width="2">${content}</svg>`;
  const plain = svg('<g clip-path="url(#a)"><path d="M0 0"/><text x="1">a &lt; b onload=1</text></g>');
  expect(inlineSvg(plain, "a.svg")).toBe(plain);
  for (const [content, odd] of [
    ["<script>x</script>", "<script>"],
    ["<foreignObject/>", "<foreignObject>"],
    ['<path onclick="x"/>', "onclick="],
    ['<path fill="url(http://a)"/>', "url("],
    ['<a href="#x"/>', "<a>"],
    ["<path d='x'/>", "a tag that is not closed"],
    ["<!-- x -->", "a tag that is not closed"],
  ] as const)
    expect(() => inlineSvg(svg(content), "a.svg")).toThrow(
      `a.svg: expected a drawing of shapes and text, as chainrule writes them, got ${odd}`,
    );
  expect(() => inlineSvg("<html></html>", "a.svg")).toThrow("no <svg> at the start");
});

test("commands are named as they are typed", () => {
  expect(commandLine(["graph", "a*b", "--at", "a=1,b=2"])).toBe("chainrule graph 'a*b' --at a=1,b=2");
  expect(commandLine(["test", "--run", "it's"])).toBe("chainrule test --run 'it'\\''s'");
});
