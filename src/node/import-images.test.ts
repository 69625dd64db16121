import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type ImageSet, imageLength } from "../data/index.ts";
import { importImages } from "./import-images.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "chainrule-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function file(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
}

/** An image of one grey level, which the tests find again in the dataset. */
async function picture(path: string, level: number): Promise<void> {
  const background = { r: level, g: level, b: level };
  file(
    path,
    await sharp({ create: { width: 5, height: 7, channels: 3, background } })
      .png()
      .toBuffer(),
  );
}

function levels({ images, labels }: ImageSet, length: number): [label: number, level: number][] {
  const pairs = [...labels].map((label, i): [number, number] => [label, images[i * length]!]);
  return pairs.sort(([a, x], [b, y]) => a - b || x - y);
}

test("train and test folders become train and test images, classes in alphabetical order", async () => {
  for (const i of [1, 2, 3]) await picture(`train/cat/${i}.png`, i);
  for (const i of [11, 12]) await picture(`train/ant/deep/${i}.PNG`, i);
  await picture("test/cat/4.png", 4);
  await picture("test/ant/13.png", 13);
  const { dataset, unreadable, isHeldOut } = await importImages(folder, { size: 4, name: "pets" });
  expect([dataset.name, dataset.classNames, isHeldOut, unreadable]).toEqual(["pets", ["ant", "cat"], false, []]);
  expect([dataset.channels, dataset.height, dataset.width]).toEqual([3, 4, 4]);
  expect(levels(dataset.train, imageLength(dataset))).toEqual([
    [0, 11],
    [0, 12],
    [1, 1],
    [1, 2],
    [1, 3],
  ]);
  expect(levels(dataset.test, imageLength(dataset))).toEqual([
    [0, 13],
    [1, 4],
  ]);
});

test("without a test folder a share of every class is held out, the same for the same seed", async () => {
  for (let i = 0; i < 12; i++) await picture(`a/${i}.png`, i);
  for (let i = 0; i < 2; i++) await picture(`b/${i}.png`, 100 + i);
  const { dataset, isHeldOut } = await importImages(folder, { size: 2, channels: 1, seed: 3 });
  expect([isHeldOut, dataset.train.count, dataset.test.count]).toEqual([true, 11, 3]); // 1/6 of 12, at least 1 of 2
  const all = [...levels(dataset.train, 4), ...levels(dataset.test, 4)].map(([, level]) => level);
  expect(all.sort((x, y) => x - y)).toEqual([...Array.from({ length: 12 }, (_, i) => i), 100, 101]);
  expect((await importImages(folder, { size: 2, channels: 1, seed: 3 })).dataset).toEqual(dataset);
  expect((await importImages(folder, { size: 2, channels: 1, seed: 4 })).dataset).not.toEqual(dataset);
});

test("a class may be called train", async () => {
  for (const name of ["car", "train"]) for (const i of [1, 2]) await picture(`${name}/${i}.png`, i);
  expect((await importImages(folder, { size: 2 })).dataset.classNames).toEqual(["car", "train"]);
});

test("unreadable files are listed and left out; hidden ones are passed over", async () => {
  for (const i of [1, 2, 3]) await picture(`a/${i}.png`, i);
  for (const i of [1, 2, 3]) await picture(`b/${i}.png`, i);
  file("a/broken.jpg", "no picture");
  file("b/notes.txt", "no picture either");
  file("b/.DS_Store", "");
  file(".hidden/x.png", "");
  const seen: number[] = [];
  const { dataset, unreadable } = await importImages(folder, { size: 2, onProgress: (done) => seen.push(done) });
  expect(dataset.train.count + dataset.test.count).toBe(6);
  expect(unreadable.length).toBe(2);
  expect(unreadable[0]).toContain(join(folder, "a/broken.jpg"));
  expect(unreadable[1]).toContain("expected a name ending in .png, .jpg, .jpeg, .webp, .gif");
  expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

test("a test folder of which nothing can be read is refused", async () => {
  for (const name of ["a", "b"]) {
    for (const i of [1, 2]) await picture(`train/${name}/${i}.png`, i);
    file(`test/${name}/broken.png`, "no picture");
  }
  await expect(importImages(folder, { size: 2 })).rejects.toThrow(
    `${join(folder, "test")}: none of its files is readable`,
  );
});

test("links that make one image two classes, or lead nowhere, are refused", async () => {
  const pets = join(folder, "pets");
  for (const name of ["cat", "dog"]) for (const i of [1, 2]) await picture(`pets/${name}/${i}.png`, i);
  for (const [target, message] of [
    ["cat", /expected a folder of its own for every class, but (cat and wolf|wolf and cat) share images/],
    ["..", /expected a folder of its own for every class, but .*wolf.* share images/],
    ["../gone", "wolf is a link that leads nowhere"],
  ] as const) {
    symlinkSync(target, join(pets, "wolf"));
    await expect(importImages(pets, { size: 2 }), target).rejects.toThrow(message);
    rmSync(join(pets, "wolf"));
  }
});

test("folders that cannot be a dataset are named", async () => {
  const run = () => importImages(folder, { size: 2 });
  await expect(importImages(join(folder, "none"))).rejects.toThrow("ENOENT");
  await expect(run()).rejects.toThrow("expected 2 to 256 class folders (one folder of images per class), found 0");
  for (const i of [1, 2]) await picture(`a/${i}.png`, i);
  await expect(run()).rejects.toThrow("found 1");
  await picture("b/1.png", 1);
  await expect(run()).rejects.toThrow('expected at least 2 images in class folder "b", found 1');
  file("b/2.png", "broken");
  await expect(run()).rejects.toThrow('expected at least 2 readable images in class folder "b", found 1');
});

test("train and test must have the same classes", async () => {
  for (const i of [1, 2]) await picture(`train/a/${i}.png`, i);
  for (const i of [1, 2]) await picture(`train/b/${i}.png`, i);
  await picture("test/a/1.png", 1);
  await expect(importImages(folder)).rejects.toThrow('the same classes in train and test, "b" is in one only');
});

test("sizes and shares out of range are refused", async () => {
  await expect(importImages(folder, { size: 0 })).rejects.toThrow("size to be a whole number from 1 to 4096, got 0");
  await expect(importImages(folder, { testShare: 0 })).rejects.toThrow("testShare > 0, got 0");
  await expect(importImages(folder, { testShare: 1 })).rejects.toThrow("testShare < 1, got 1");
});

test("class folders may be links; names with line breaks, tabs or nothing but blanks are refused", async () => {
  for (const i of [1, 2]) await picture(`elsewhere/cats/${i}.png`, i);
  for (const i of [1, 2]) await picture(`pets/dog/${i}.png`, 100 + i);
  symlinkSync(join(folder, "elsewhere", "cats"), join(folder, "pets", "cat"));
  const { dataset } = await importImages(join(folder, "pets"), { size: 2 });
  expect([dataset.classNames, dataset.train.count + dataset.test.count]).toEqual([["cat", "dog"], 4]);
  for (const name of ["two\nlines", "a\ttab", "  "]) {
    await picture(`pets/${name}/1.png`, 1);
    await expect(importImages(join(folder, "pets"), { size: 2 })).rejects.toThrow(JSON.stringify(name));
    rmSync(join(folder, "pets", name), { recursive: true });
  }
  await expect(importImages(join(folder, "pets"), { size: 2, name: "a\nb" })).rejects.toThrow('got "a\\nb"');
});

test.runIf(process.platform === "linux")("pipes and links to folders inside a class are listed, not read", async () => {
  for (const name of ["a", "b"]) for (const i of [1, 2]) await picture(`${name}/${i}.png`, i);
  execFileSync("mkfifo", [join(folder, "a", "pipe.png")]);
  symlinkSync(join(folder, "b"), join(folder, "a", "more"));
  const { dataset, unreadable } = await importImages(folder, { size: 2 });
  expect(dataset.train.count + dataset.test.count).toBe(4);
  expect(unreadable).toHaveLength(2);
  expect(unreadable.join()).toContain("pipe.png as an image: it is a folder, a pipe or a device");
});
