import { expect, test } from "vitest";
import { chainrule } from "./command.ts";

test("doctor: one entry per kernel and dataset, no line wider than 100 columns", async () => {
  const { status, stdout, stderr } = await chainrule(["doctor"], { env: { CHAINRULE_DATA_DIR: "/tmp/none" } });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  for (const name of ["blas", "wasm", "loops", "cifar10", "fashion-mnist", "mnist", "shapes"])
    expect(stdout).toMatch(new RegExp(`^  ${name}\\b`, "m"));
  for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
});
