import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { emptyFolder } from "../command.ts";

/** Runs the command in a shell, as "$@". */
function shell(script: string): { status: number | null; stdout: string; stderr: string } {
  const call = [process.execPath, resolve("dist/cli/run.js"), "graph", "f4", "--json"];
  return spawnSync("bash", ["-c", `set -o pipefail; ${script}`, "", ...call], { cwd: emptyFolder(), encoding: "utf8" });
}

describe.skipIf(process.platform === "win32")("a standard output that takes no more", () => {
  test.runIf(process.platform === "linux")("a full device: one line, exit code 2", () => {
    expect(shell('"$@" > /dev/full')).toMatchObject({
      status: 2,
      stderr: "chainrule: cannot write to the standard output: no space left on the device\n",
    });
  });

  test("a file on a disk with space for only a part: the same", () => {
    expect(shell('ulimit -f 1; "$@" > out.json')).toMatchObject({
      status: 2,
      stderr: "chainrule: cannot write to the standard output: larger than files may be here\n",
    });
  });

  test("a file gets all, after what is there", () => {
    const { stdout } = shell('echo before > out.json; "$@" >> out.json; cat out.json');
    expect(stdout).toMatch(/^before\n\{/);
    expect(JSON.parse(stdout.slice(7))).toHaveProperty("values");
  });

  test("a reader that has seen enough: not a word", () => {
    expect(shell('"$@" | true')).toMatchObject({ status: 0, stdout: "", stderr: "" });
  });
});
