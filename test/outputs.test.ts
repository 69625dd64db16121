/** What all commands have in common in writing files. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { chainrule, emptyFolder } from "./command.ts";
import { writeSmallDataset } from "./small-dataset.ts";

const images = writeSmallDataset(mkdtempSync(join(tmpdir(), "chainrule-")));
afterAll(() => rmSync(images, { recursive: true }));
const train = ["train", "--dataset", images, "--num-train", "20", "--num-val", "10", "--hidden-dim", "2"];
const file = ["--checkpoint-file", "model.safetensors"];
const commands: Record<string, readonly [args: readonly string[], ...files: string[]]> = {
  graph: [["graph", "x * y", "--out", "a.svg"], "a.svg"],
  "graph as DOT": [["graph", "x * y", "--out", "a.dot"], "a.dot"],
  fit: [
    ["fit", "--steps", "3", "--loss-plot", "a.png", "--animated-gif", "b.gif", "--out", "c.json"],
    ...["a.png", "b.gif", "c.json"],
  ],
  "fit compare": [
    [
      "fit",
      "compare",
      "--shares",
      "0.1",
      "--repeats",
      "1",
      "--steps",
      "5",
      "--error-plot",
      "a.svg",
      "--fits-plot",
      "b.svg",
    ],
    ...["a.svg", "b.svg"],
  ],
  "backprop save-outputs": [["backprop", "--action", "save-outputs", "--data-file", "a.json"], "a.json"],
  "data show": [["data", "show", "--dataset", images, "--plot-file", "a.svg"], "a.svg"],
  train: [
    [...train, ...file, "--epochs", "2", "--plot-file", "a.svg", "--history-file", "b.csv"],
    ...["model.safetensors", "a.svg", "b.csv"],
  ],
};

describe("every command names the files it wrote, and those it replaced", () => {
  test.each(Object.entries(commands))("%s", async (_, [args, ...files]) => {
    const cwd = emptyFolder();
    const said = (stderr: string): string[] => stderr.split("\n").filter((line) => /^(wrote|replaced) /.test(line));
    for (const verb of ["wrote", "replaced"]) {
      const { status, stderr } = await chainrule([...args, ...(verb === "replaced" ? ["--json"] : [])], { cwd });
      expect({ status, said: said(stderr) }).toEqual({ status: 0, said: files.map((file) => `${verb} ${file}`) });
    }
    expect(readdirSync(cwd).sort()).toEqual([...files].sort());
  });

  test("test", async () => {
    const cwd = emptyFolder();
    await chainrule([...train, ...file, "--epochs", "1", "--plot-file", "a.svg"], { cwd });
    const { stderr } = await chainrule(["test", ...file, "--num-test", "10", "--plot-file", "a.svg"], { cwd });
    expect(stderr).toBe("replaced a.svg\n");
  });
});

test("a call that fails has said nothing of files, and replaced none", async () => {
  const cwd = emptyFolder();
  for (const name of ["model.safetensors", "a.svg"]) writeFileSync(join(cwd, name), "old");
  const failing = [...train, ...file, "--plot-file", "a.svg", "--batch-size", "5", "--learning-rate", "1e6"];
  const { status, stderr } = await chainrule(failing, { cwd });
  expect(status).toBe(2);
  expect(stderr).not.toMatch(/wrote|replace/);
  for (const name of ["model.safetensors", "a.svg"]) expect(readFileSync(join(cwd, name), "utf8")).toBe("old");
});

test.skipIf(process.platform === "win32")(
  "an output on a pipe is refused by every command before it works",
  async () => {
    for (const [args, ...files] of Object.values(commands)) {
      const cwd = emptyFolder();
      const pipe = files.at(-1)!;
      execFileSync("mkfifo", [join(cwd, pipe)]);
      expect(await chainrule(args, { cwd })).toEqual({
        status: 2,
        stdout: "",
        stderr: `chainrule: cannot write ${pipe}: it is a device or a pipe, expected a file name\n`,
      });
      expect(readdirSync(cwd)).toEqual([pipe]);
    }
  },
);
