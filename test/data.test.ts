import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTarGzip } from "nanotar";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { chainrule as call, type Result } from "./command.ts";

const unreachable = "http://127.0.0.1:49151/cifar-10-binary.tar.gz"; // nobody listens there
let folder: string;

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "chainrule-")));
  for (const [c, name] of ["ant", "bee"].entries())
    for (let i = 0; i < 6; i++) await picture(join("photos", name, `${i}.png`), 100 * c + i);
  writeFileSync(join(folder, "photos", "ant", "broken.jpg"), "");
  await picture(join("lone", "a", "1.png"), 1);
  await picture(join("lone", "b", "1.png"), 1);
  mkdirSync(join(folder, "empty"));
  mkdirSync(join(folder, "full"));
  writeFileSync(join(folder, "full", "thesis.txt"), "precious");
});
afterAll(() => rmSync(folder, { recursive: true }));

async function picture(path: string, level: number): Promise<void> {
  mkdirSync(join(folder, path, ".."), { recursive: true });
  const background = { r: level, g: level, b: 200 };
  await sharp({ create: { width: 9, height: 6, channels: 3, background } }).toFile(join(folder, path));
}

/** Calls the command in the test's folder. */
function chainrule(...args: string[]): Promise<Result> {
  const env = { CHAINRULE_CIFAR10_URL: unreachable, CHAINRULE_DATA_DIR: join(folder, "cache") };
  return call(args, { cwd: folder, env });
}

test("import makes a dataset that show draws", async () => {
  const imported = await chainrule("data", "import", "photos", "--size", "8", "--out", "small", "--json");
  expect(imported.status).toBe(0);
  expect(JSON.parse(imported.stdout)).toMatchObject({
    folder: join(folder, "small"),
    ...{ name: "photos", channels: 3, height: 8, width: 8, classNames: ["ant", "bee"] },
    ...{ numTrain: 10, numTest: 2, isHeldOut: true, perClass: { train: [5, 5], test: [1, 1] } },
    unreadable: [expect.stringContaining("broken.jpg")],
  });
  expect(readdirSync(join(folder, "small")).length).toBe(8);

  const shown = await chainrule("data", "show", "--dataset", "small", "--per-class", "3", "--plot-file", "grid.svg");
  expect(shown).toMatchObject({ status: 0, stderr: "wrote grid.svg\n" });
  expect(shown.stdout.split("\n")).toEqual([
    "dataset: photos (10 training and 2 test images of 3×8×8, 2 classes), from small",
    "class  train  test",
    "─────  ─────  ────",
    "ant        5     1",
    "bee        5     1",
    "",
  ]);
  const svg = readFileSync(join(folder, "grid.svg"), "utf8");
  expect(svg.match(/<image /g)?.length).toBe(6);
  expect(svg.match(/>bee</g)?.length).toBe(3);
});

test("show gives every class its row, also one with fewer images than asked for", async () => {
  for (let i = 0; i < 8; i++) await picture(join("uneven", i < 3 ? "few" : "many", `${i}.png`), 9 * i);
  await chainrule("data", "import", "uneven", "--size", "8", "--out", "uneven-8");
  await chainrule("data", "show", "--dataset", "uneven-8", "--per-class", "9", "--plot-file", "rows.svg");
  const svg = readFileSync(join(folder, "rows.svg"), "utf8");
  const rows = ["few", "many"].map((label) =>
    [...svg.matchAll(new RegExp(`<text x="([^"]*)" y="([^"]*)"[^>]*>${label}<`, "g"))].map(([, x, y]) => [x, y]),
  );
  expect(rows.map((row) => row.length)).toEqual([2, 4]); // a sixth is held out
  for (const row of rows) expect(new Set(row.map(([, y]) => y)).size).toBe(1);
  expect(rows[0]![0]![1]).not.toBe(rows[1]![0]![1]);
  expect(rows[0]![0]![0]).toBe(rows[1]![0]![0]);
  expect(svg).toContain('width="372"');
});

test("show says first which dataset it took and why", async () => {
  const { status, stdout } = await chainrule("data", "show", "--plot-file", "shapes.png", "--per-class", "1");
  expect(status).toBe(0);
  expect(stdout).toMatch(/^dataset: shapes .*built in, because CIFAR-10 is not in .*cache and could not be downloaded/);
  expect(readFileSync(join(folder, "shapes.png")).subarray(1, 4).toString()).toBe("PNG");
});

test("download fetches an archive once, and says where it is", async () => {
  await chainrule("data", "import", "photos", "--size", "8", "--out", "packed");
  const files = readdirSync(join(folder, "packed"));
  const archive = await createTarGzip(
    files.map((name) => ({ name: `cifar-10-batches-bin/${name}`, data: readFileSync(join(folder, "packed", name)) })),
  );
  const server = createServer((_, response) => response.end(archive));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/cifar-10-binary.tar.gz`;
  const place = ["data", "download", "cifar10", "--data-dir", "downloads", "--url", url];

  const official = await chainrule(...place);
  expect(official.status).toBe(2);
  expect(official.stderr).toContain("expected a file with MD5 c32a1d4ab5d03f1284b67883e8d87530");
  const { createHash } = await import("node:crypto");
  const md5 = createHash("md5").update(archive).digest("hex");
  expect(await chainrule(...place, "--md5", md5)).toMatchObject({
    status: 0,
    stdout: "CIFAR-10 is in downloads/cifar10\n",
  });
  expect((await chainrule(...place)).stdout).toBe("CIFAR-10 is already in downloads/cifar10\n");
  expect(readdirSync(join(folder, "downloads"))).toEqual(["cifar10"]);
  server.close();
});

test("without a network, download names what else works", async () => {
  const { status, stdout, stderr } = await chainrule("data", "download", "cifar10");
  expect([status, stdout]).toEqual([2, ""]);
  expect(stderr).toMatch(/^chainrule: cannot download http.*connection refused\. What else works: .*\n$/);
  for (const way of ["by other means", "chainrule data import", "--dataset shapes"]) expect(stderr).toContain(way);
  expect(existsSync(join(folder, "cache"))).toBe(false);
});

const importInto = (...args: string[]): string[] => ["data", "import", ...args, "--out", "never"];
const mistakes: readonly (readonly [what: string, args: string[], message: string])[] = [
  [
    "a file instead of a folder",
    importInto("full/thesis.txt"),
    "expected a folder of class folders, got the file full/thesis.txt",
  ],
  [
    "an output inside the source",
    ["data", "import", "photos", "--out", "photos/sub"],
    "photos/sub: it is photos, lies inside it or holds it",
  ],
  [
    "the source as output",
    ["data", "import", "photos", "--out", "photos/../photos", "--replace"],
    "it is photos, lies inside it or holds it",
  ],
  [
    "a file address",
    ["data", "download", "cifar10", "--url", "file:///tmp/x"],
    "cannot download file:///tmp/x: expected an address that starts with http:// or https://",
  ],
  ["no address", ["data", "download", "cifar10", "--url", "mirror"], "cannot download mirror: expected an address"],
  ["no folder", importInto("none"), "none: no such file or folder"],
  ["an empty folder", importInto("empty"), "expected 2 to 256 class folders"],
  ["a class with one image", importInto("lone"), 'at least 2 images in class folder "a", found 1'],
  ["a size of zero", importInto("photos", "--size", "0"), "expected a whole number >= 1"],
  ["a negative size", importInto("photos", "--size", "-3"), "expected a whole number >= 1"],
  ["an enormous size", importInto("photos", "--size", "9999"), "from 1 to 4096, got 9999"],
  ["a share of one", importInto("photos", "--test-share", "1"), "expected testShare < 1"],
  ["an unknown flag", importInto("photos", "--sise", "3"), "unknown option '--sise'"],
  ["no --out", ["data", "import", "photos"], "required option '--out <folder>' not specified"],
  ["a folder in use", ["data", "import", "photos", "--out", "full"], "the folder holds other files"],
  ["a file as folder", ["data", "import", "photos", "--out", "full/thesis.txt"], "it is a file"],
  ["no name for the output", ["data", "import", "photos", "--out", "", "--replace"], "a folder without a name"],
  ["the current folder", ["data", "import", "photos", "--out", ".", "--replace"], "it is the current folder"],
  [
    "a detour to a folder in use",
    ["data", "import", "photos", "--out", "nope/../full", "--replace"],
    "holds other files",
  ],
  ["a name of two lines", importInto("photos", "--name", "a\nb"), 'without line breaks or tabs, got "a\\nb"'],
  ["an unknown download", ["data", "download", "imagenet"], 'unknown dataset "imagenet"; expected cifar10'],
  ["a dataset nobody knows", ["data", "show", "--dataset", "nope"], 'unknown dataset "nope"'],
  ["a folder not imported", ["data", "show", "--dataset", "photos"], "chainrule data import photos --out DIR"],
  ["a picture of no format", ["data", "show", "--plot-file", "x.bmp"], "expected a picture ending in .svg, .png, .pdf"],
  ["a picture in no folder", ["data", "show", "--plot-file", "none/x.png"], "does not exist"],
  ["an unknown split", ["data", "show", "--split", "val"], "Allowed choices are train, test"],
];

test.each(mistakes)("%s is one line and exit code 2, and nothing is written", async (_, args, message) => {
  const visible = (): string[] => readdirSync(folder).filter((name) => !name.startsWith(".chainrule-")); // others' probes
  const before = visible();
  const { status, stdout, stderr } = await chainrule(...args);
  expect([status, stdout]).toEqual([2, ""]);
  expect(stderr.split("\n").filter((line) => !line.startsWith("reading images")).length).toBe(2); // with the empty end
  expect(stderr).toContain(message);
  expect(visible()).toEqual(before);
});

test("no probe is left behind", () => {
  expect(readdirSync(folder).filter((name) => name.startsWith("."))).toEqual([]);
});

test.runIf(existsSync("/proc/self"))("an output folder that cannot be written is named before any work", async () => {
  const { status, stderr } = await chainrule("data", "import", "photos", "--out", "/proc/self/dataset");
  expect(status).toBe(2);
  expect(stderr).toMatch(
    /^chainrule: cannot write the dataset to \/proc\/self\/dataset: the folder .* is not writable\n$/,
  );
});

test("a damaged batch file is named by show", async () => {
  await chainrule("data", "import", "photos", "--size", "8", "--out", "damaged");
  writeFileSync(join(folder, "damaged", "data_batch_1.bin"), "x");
  const { status, stderr } = await chainrule("data", "show", "--dataset", "damaged");
  expect([status, stderr]).toEqual([
    2,
    "chainrule: damaged: parseBatches: data_batch_1.bin has 1 bytes, expected 386 (2 records of 193)\n",
  ]);
});
