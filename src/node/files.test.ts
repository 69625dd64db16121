import { mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkOutputs } from "./files.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "chainrule-"));
  symlinkSync(folder, join(folder, "here"));
});
afterAll(() => rmSync(folder, { recursive: true }));

test("different files pass and nothing is left behind; outputs that were not asked for do not count", async () => {
  await checkOutputs([join(folder, "a.png"), undefined, join(folder, "b.png"), undefined]);
  expect(readdirSync(folder)).toEqual(["here"]);
});

test("one file under two names is refused, also through a linked folder", async () => {
  const file = join(folder, "a.png");
  await expect(checkOutputs([file, file])).rejects.toThrow(`cannot write ${file} twice; name a different file`);
  for (const other of [`${folder}/./a.png`, `${folder}/here/a.png`])
    await expect(checkOutputs([file, other])).rejects.toThrow(`cannot write both ${file} and ${other}`);
});

test("each must be writable", async () => {
  await expect(checkOutputs([join(folder, "a"), join(folder, "none", "b")])).rejects.toThrow("does not exist");
});
