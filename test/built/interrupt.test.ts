/** Training that is interrupted or killed: resuming ends where it would have ended; see also whole-files.test.ts. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseCheckpoint, parseSafetensors } from "../../src/index.ts";
import { chainrule, emptyFolder, startChainrule } from "../command.ts";

const images = ["--dataset", "shapes", "--num-train", "300", "--num-val", "100"];
const file = ["--checkpoint-file", "model.safetensors"];
const run = [...images, ...file, "--hidden-dim", "8", "--plot-file", "plot.svg", "--epochs", "4", "--kernels", "loops"];
const weights = (folder: string) => parseSafetensors(readFileSync(join(folder, "model.safetensors"))).tensors;

/** The weights of a run that nobody stopped. */
let expected: Promise<ReturnType<typeof weights>> | undefined;
async function trainWhole(): Promise<ReturnType<typeof weights>> {
  const cwd = emptyFolder();
  await chainrule(["train", ...run], { cwd });
  return weights(cwd);
}

test.each([
  "SIGINT",
  "SIGKILL",
] as const)("stopped by %s and resumed, it ends with exactly the weights of an uninterrupted run", async (signal) => {
  expected ??= trainWhole();
  await expected; // it keeps this process busy: the signal would come too late
  const stopped = emptyFolder();
  const child = startChainrule(["train", ...run], stopped);
  child.stderr!.on("data", (text) => {
    if (/epoch 2\/4/.test(String(text))) child.kill(signal);
  });
  await once(child, "exit");
  if (signal === "SIGINT") expect(child.exitCode).toBe(130);
  const { epoch } = parseCheckpoint(readFileSync(join(stopped, "model.safetensors")));
  expect(epoch).toBeGreaterThanOrEqual(2);
  if (epoch < 4)
    expect(
      (
        await chainrule(["train", "--resume", ...file, "--plot-file", "plot.svg", "--kernels", "loops"], {
          cwd: stopped,
        })
      ).status,
    ).toBe(0);
  expect(weights(stopped)).toEqual(await expected);
});

test("an interrupt that arrives during a save or an evaluation is heard all the same", async () => {
  const stop = async (delay: number): Promise<[number | null, number]> => {
    const cwd = emptyFolder();
    const args = [
      "--num-train",
      "600",
      "--num-val",
      "1500",
      "--hidden-dim",
      "64",
      "--epochs",
      "60",
      "--dataset",
      "shapes",
    ];
    const child = startChainrule(["train", ...args, ...file], cwd);
    child.stderr!.on("data", (text) => {
      if (/epoch 3\/60|epoch {2}3\/60/.test(String(text))) setTimeout(() => child.kill("SIGINT"), delay);
    });
    await once(child, "exit");
    return [child.exitCode, parseCheckpoint(readFileSync(join(cwd, "model.safetensors"))).epoch];
  };
  for (const delay of [0, 25]) {
    const [exitCode, epoch] = await stop(delay);
    expect(exitCode).toBe(130);
    expect(epoch).toBeGreaterThanOrEqual(3);
    expect(epoch).toBeLessThan(60);
  }
});
