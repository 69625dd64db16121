import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { chainrule, emptyFolder } from "./command.ts";

const dataDir = process.env.CHAINRULE_DATA_DIR || join(homedir(), ".cache", "chainrule");
const isThere = existsSync(join(dataDir, "cifar10", "data_batch_1.bin"));

test.skipIf(!isThere)(
  isThere
    ? "on CIFAR-10, a small network learns in three epochs, and test agrees with val"
    : `on CIFAR-10 (skipped: no ${dataDir}/cifar10; .ci/run puts it there)`,
  { timeout: 120_000 },
  async () => {
    const cwd = emptyFolder();
    const env = { CHAINRULE_DATA_DIR: dataDir };
    const settings = ["--num-train", "8000", "--num-val", "2000", "--hidden-dim", "100", "--epochs", "3"];
    const trained = await chainrule(["train", "--dataset", "cifar10", ...settings, "--plot-file", "p.svg", "--json"], {
      cwd,
      env,
    });
    const { valAccuracy, history } = JSON.parse(trained.stdout);
    expect(history[2].loss).toBeLessThan(history[0].loss);
    expect(valAccuracy).toBeGreaterThan(0.36); // chance is 0.1
    const { accuracy } = JSON.parse((await chainrule(["test", "--json"], { cwd, env })).stdout);
    expect(Math.abs(accuracy - valAccuracy)).toBeLessThan(0.04); // 2,000 val images: one standard deviation is 0.011
  },
);
