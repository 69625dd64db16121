import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

function chainrule(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, ["dist/cli/run.js", ...args], { encoding: "utf8" });
}

test("an unknown flag is one line on stderr and exit code 2", () => {
  const { status, stdout, stderr } = chainrule("--no-such-flag");
  expect({ status, stdout, stderr }).toEqual({
    status: 2,
    stdout: "",
    stderr: "chainrule: unknown option '--no-such-flag'\n",
  });
});
