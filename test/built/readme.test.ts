import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const readme = readFileSync("README.md", "utf8");
const blocks = [...readme.matchAll(/```(\w+)\n([\s\S]*?)```/g)].map(([, language, text]) => ({
  language,
  text: text!,
}));

test("the README's example prints what the README says", () => {
  const code = blocks.find((block) => block.language === "ts")!.text;
  const printed = blocks.find((block) => block.language === "text")!.text;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8" });
  expect(stderr).toBe("");
  expect(stdout).toBe(printed);
});

test("the README's example is examples/xor.ts", () => {
  const code = blocks.find((block) => block.language === "ts")!.text;
  const squeeze = (text: string): string => text.replaceAll(/[\s,]+/g, "");
  expect(squeeze(readFileSync("examples/xor.ts", "utf8"))).toContain(squeeze(code));
});

test("every file that README and CONTRIBUTING link to exists", () => {
  const links = [readme, readFileSync("CONTRIBUTING.md", "utf8")].flatMap((text) =>
    [...text.matchAll(/\]\(([^)#]+)\)/g)].map(([, path]) => path!),
  );
  for (const path of links.filter((path) => !path.startsWith("http")))
    expect(() => readFileSync(path), path).not.toThrow(/ENOENT/);
});
