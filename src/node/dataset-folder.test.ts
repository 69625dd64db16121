import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { cifar10ClassNames, type Dataset, parseDatasetFiles, shapesDataset } from "../data/index.ts";
import { FormatError } from "../errors.ts";
import { checkDatasetTarget, formatDatasetFiles, readDatasetFolder, saveDataset } from "./dataset-folder.ts";
import { thisProcess } from "./files.ts";

const shapes = shapesDataset({ numTrain: 13, numTest: 4, size: 8 });
let folder: string;
let out: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "chainrule-")));
  out = join(folder, "deep", "shapes");
});
afterEach(() => rmSync(folder, { recursive: true }));

test("save, then read, is identity", async () => {
  await saveDataset(shapes, out);
  expect(await readDatasetFolder(out)).toEqual(shapes);
  expect(readdirSync(join(folder, "deep"))).toEqual(["shapes"]); // no temporary folder left
});

test("fewer images than batch files are split too", () => {
  const few = shapesDataset({ numTrain: 2, numTest: 1, size: 8 });
  expect(parseDatasetFiles(new Map(formatDatasetFiles(few)), "x")).toEqual(few);
});

test("files of the official sizes need no description beside them", () => {
  const set = (count: number) => ({ images: new Uint8Array(3072 * count), labels: new Uint8Array(count), count });
  const cifar10: Dataset = {
    ...{ name: "cifar10", channels: 3, height: 32, width: 32 },
    ...{ classNames: cifar10ClassNames, train: set(50_000), test: set(10_000) },
  };
  const files = formatDatasetFiles(cifar10).map(([name, bytes]) => [name, bytes.length]);
  expect(files).toEqual([
    ...[1, 2, 3, 4, 5].map((i) => [`data_batch_${i}.bin`, 30_730_000]),
    ["test_batch.bin", 30_730_000],
    ["batches.meta.txt", 61 - 1],
  ]);
});

test("a missing file, a truncated batch and a foreign description are named", async () => {
  await saveDataset(shapes, out);
  const batch = join(out, "data_batch_2.bin");
  const bytes = readFileSync(batch);
  writeFileSync(batch, bytes.subarray(0, bytes.length - 1));
  await expect(readDatasetFolder(out)).rejects.toThrow(
    "data_batch_2.bin has 578 bytes, expected 579 (3 records of 193)",
  );
  rmSync(batch);
  await expect(readDatasetFolder(out)).rejects.toThrow(`data_batch_2.bin is missing in ${out}`);
  writeFileSync(join(out, "dataset.json"), "[]");
  await expect(readDatasetFolder(out)).rejects.toThrow('dataset.json: expected "name", on one line, and "records"');
});

test("a folder in the place of a batch, and a file in the place of the folder, are said", async () => {
  await saveDataset(shapes, out);
  rmSync(join(out, "data_batch_3.bin"));
  mkdirSync(join(out, "data_batch_3.bin"));
  await expect(readDatasetFolder(out)).rejects.toThrow("expected a file, got the folder or device");
  const file = join(folder, "a-file");
  writeFileSync(file, "");
  await expect(readDatasetFolder(file)).rejects.toThrow(`batches.meta.txt is missing in ${file}`);
});

test("what is there already is kept, unless it is a dataset and may be replaced", async () => {
  await saveDataset(shapes, out);
  const other = shapesDataset({ seed: 1, numTrain: 5, numTest: 4, size: 8 });
  await expect(saveDataset(other, out)).rejects.toThrow(
    "already holds a dataset; name another folder or add --replace",
  );
  expect(await readDatasetFolder(out)).toEqual(shapes);
  await saveDataset(other, out, { replace: true });
  expect(await readDatasetFolder(out)).toEqual(other);

  writeFileSync(join(folder, "thesis.txt"), "precious");
  await expect(saveDataset(shapes, folder, { replace: true })).rejects.toThrow("the folder holds other files");
  await expect(saveDataset(shapes, join(folder, "thesis.txt"))).rejects.toThrow("it is a file");
  mkdirSync(join(folder, "empty"));
  await saveDataset(shapes, join(folder, "empty"));
});

test("a dataset is replaced time and again; other files in its folder stay", async () => {
  await saveDataset(shapes, out);
  writeFileSync(join(out, "notes.txt"), "precious");
  for (const seed of [1, 2, 3]) {
    const next = { ...shapesDataset({ seed, numTrain: 5 + seed, numTest: 4, size: 8 }), name: `shapes-${seed}` };
    await saveDataset(next, out, { replace: true });
    expect(await readDatasetFolder(out)).toEqual(next);
    expect(readdirSync(out).filter((name) => name.endsWith(".bin")).length).toBe(6); // none of the old ones is left
  }
  expect(readFileSync(join(out, "notes.txt"), "utf8")).toBe("precious");
});

test("the official files, which have no description, are replaced too", async () => {
  await saveDataset(shapes, out);
  const next = { ...shapesDataset({ seed: 9, numTrain: 6, numTest: 3, size: 8 }) };
  rmSync(join(out, "dataset.json")); // as they come
  await saveDataset(next, out, { replace: true });
  expect(await readDatasetFolder(out)).toEqual(next);
});

test("a replacement that fails half-way leaves the old dataset whole, and the next one succeeds", async () => {
  await saveDataset(shapes, out);
  const next = shapesDataset({ seed: 1, numTrain: 5, numTest: 4, size: 8 });
  mkdirSync(join(out, "data_batch_4-2.bin"));
  await expect(saveDataset(next, out, { replace: true })).rejects.toThrow("data_batch_4-2.bin");
  expect(await readDatasetFolder(out)).toEqual(shapes);
  rmSync(join(out, "data_batch_4-2.bin"), { recursive: true });
  await saveDataset(next, out, { replace: true });
  expect(await readDatasetFolder(out)).toEqual(next);
});

test("nothing but a dataset of ours, or a new or empty folder, is ever written to", async () => {
  const precious = join(folder, "thesis");
  mkdirSync(precious);
  writeFileSync(join(precious, "thesis.txt"), "precious");
  await saveDataset(shapes, out);
  const refused: readonly (readonly [string, string])[] = [
    ["", "a folder without a name"],
    ["  ", "name a new folder"],
    ["/", "it is the root"],
    [homedir(), "name a new folder"],
    [".", "it is the current folder or holds it"],
    ["..", "it is the current folder or holds it"],
    [join(folder, "nope", "..", "thesis"), "the folder holds other files"],
    [precious, "the folder holds other files"],
    [join(precious, "thesis.txt"), "it is a file"],
  ];
  symlinkSync(precious, join(folder, "link"));
  for (const [path, message] of [...refused, [join(folder, "link"), "the folder holds other files"] as const])
    await expect(saveDataset(shapes, path, { replace: true }), path).rejects.toThrow(message);
  const before = process.cwd();
  process.chdir(out); // a dataset, and yet the current folder
  try {
    await expect(saveDataset(shapes, ".", { replace: true })).rejects.toThrow("it is the current folder");
    await expect(saveDataset(shapes, "..", { replace: true })).rejects.toThrow("it is the current folder or holds it");
  } finally {
    process.chdir(before);
  }
  expect(readdirSync(precious)).toEqual(["thesis.txt"]);
  expect(await checkDatasetTarget(join(folder, "nope", "..", "new"))).toBe(join(folder, "new"));
  expect(await checkDatasetTarget(join(folder, "link", "new"))).toBe(join(precious, "new"));
});

test("sizes are compared with the files before memory is taken; odd names and values are refused", async () => {
  await saveDataset(shapes, out);
  const good = JSON.parse(readFileSync(join(out, "dataset.json"), "utf8"));
  const changes: readonly (readonly [object, string])[] = [
    [{ records: { ...good.records, "data_batch_1.bin": 2 ** 31 } }, "data_batch_1.bin has 579 bytes, expected"],
    [
      { records: { ...good.records, "data_batch_1.bin": { a: [[]] } } },
      'to be a whole number from 0 to 2147483648, got {"a":[[]]}',
    ],
    [{ records: { ...good.records, "../../etc/passwd": 1 } }, 'got "../../etc/passwd"'],
    [JSON.parse('{"records": {"__proto__": 3}}'), 'got "__proto__"'],
    [{ records: [] }, "for the training part, got none"],
    [{ records: null }, '"records"'],
    [{ name: "two\nlines" }, '"name", on one line'],
    [{ classNames: ["a", "b\tc"] }, 'class names of one line each, got "b\\tc"'],
    [{ classNames: ["a", " "] }, 'class names of one line each, got " "'],
    [{ classNames: "ab" }, '"classNames" to be a list'],
    [{ channels: [3] }, "channels to be a whole number from 1 to 4, got [3]"],
  ];
  for (const [change, message] of changes) {
    writeFileSync(join(out, "dataset.json"), JSON.stringify({ ...good, ...change }));
    const reading = readDatasetFolder(out);
    await expect(reading, message).rejects.toThrow(message);
    await expect(reading, message).rejects.toThrow(out); // names the folder
  }
});

test("which set of names is in use is what the records say, whatever the classes are called", async () => {
  const odd = { ...shapes, classNames: ["test_batch-2.bin", ...shapes.classNames.slice(1)] };
  await saveDataset(odd, out);
  mkdirSync(join(out, "test_batch-2.bin")); // in the way of the other set: nothing of this one may be touched
  await expect(saveDataset(shapes, out, { replace: true })).rejects.toThrow("test_batch-2.bin");
  expect(await readDatasetFolder(out)).toEqual(odd);
});

test("two processes do not replace one dataset at a time", async () => {
  await saveDataset(shapes, out);
  const living = join(out, `.chainrule-${thisProcess.replace(/-\d+$/, `-${process.ppid}`)}-abcdefgh.tmp`);
  writeFileSync(living, "");
  await expect(saveDataset(shapes, out, { replace: true })).rejects.toThrow("another process is writing there");
  expect(await readDatasetFolder(out)).toEqual(shapes);
  rmSync(living);
  const dead = join(out, `.chainrule-${thisProcess.replace(/-\d+$/, "-99999999")}-abcdefgh.tmp`);
  writeFileSync(dead, "");
  await saveDataset(shapes, out, { replace: true });
  expect(readdirSync(out).filter((name) => name.startsWith("."))).toEqual([]);
});

test("not where the images are, in links that lead nowhere, in names of two lines, or in a home behind a link", async () => {
  const source = join(folder, "photos");
  mkdirSync(join(source, "cat"), { recursive: true });
  symlinkSync(source, join(folder, "pictures"));
  await saveDataset(shapes, out);
  mkdirSync(join(out, "photos"));
  const reason = "lies inside it or holds it; name a folder beside it";
  for (const path of [source, join(source, "cat"), join(folder, "pictures", "new")])
    await expect(checkDatasetTarget(path, { source, replace: true }), path).rejects.toThrow(reason);
  await expect(checkDatasetTarget(out, { source: join(out, "photos"), replace: true })).rejects.toThrow(reason);
  expect(await checkDatasetTarget(`${source}-32`, { source })).toBe(`${source}-32`);
  symlinkSync(join(folder, "gone"), join(folder, "dangling"));
  await expect(checkDatasetTarget(join(folder, "dangling"))).rejects.toThrow("dangling is a link that leads nowhere");
  await expect(checkDatasetTarget(join(folder, "a\nb"))).rejects.toThrow(
    'a\\nb": name a new folder, without line breaks',
  );
  symlinkSync(out, join(folder, "home"));
  vi.stubEnv("HOME", join(folder, "home", "photos"));
  vi.stubEnv("USERPROFILE", join(folder, "home", "photos"));
  for (const path of [out, join(out, "photos")])
    await expect(checkDatasetTarget(path, { replace: true })).rejects.toThrow("it is the home folder or holds it");
  vi.unstubAllEnvs();
});

test("a folder with class names and something else than a dataset is not replaced", async () => {
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, "batches.meta.txt"), "cat\ndog\n");
  writeFileSync(join(out, "dataset.json"), '{"of": "another program"}');
  await expect(saveDataset(shapes, out, { replace: true })).rejects.toThrow("the folder holds other files");
  expect(readdirSync(out).length).toBe(2);
});

test("crafted descriptions: nested, enormous, or of files that would fill the memory", async () => {
  await saveDataset(shapes, out);
  const path = join(out, "dataset.json");
  const good = readFileSync(path, "utf8");
  const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
  for (const key of ["name", "width", "records", "classNames"]) {
    writeFileSync(path, JSON.stringify({ ...JSON.parse(good), [key]: "deep" }).replace('"deep"', deep));
    await expect(readDatasetFolder(out), key).rejects.toBeInstanceOf(FormatError);
  }
  writeFileSync(path, JSON.stringify({ ...JSON.parse(good), classNames: ["a", "b", "deep"] }).replace('"deep"', deep));
  await expect(readDatasetFolder(out)).rejects.toBeInstanceOf(FormatError);
  truncateSync(path, 2 ** 30);
  await expect(readDatasetFolder(out)).rejects.toThrow(
    `${path}: expected a file of at most 1048576 bytes, got 1073741824`,
  );
  const { records } = JSON.parse(good);
  const huge = { channels: 4, height: 4096, width: 4096, records: { ...records, "data_batch_1.bin": 200 } };
  writeFileSync(path, JSON.stringify({ ...JSON.parse(good), ...huge }));
  for (const name of Object.keys(records)) truncateSync(join(out, name), huge.records[name] * (4 * 4096 ** 2 + 1));
  await expect(readDatasetFolder(out)).rejects.toThrow("expected at most 4 GB of images");
});

test.runIf(existsSync("/proc/self"))("a place where nothing can be created is named before any work", async () => {
  await expect(saveDataset(shapes, "/proc/self/dataset")).rejects.toThrow(/the folder \/proc\/\d+ is not writable/);
});
