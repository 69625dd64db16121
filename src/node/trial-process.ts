/** The process that runs trials for another one, which sends tasks over the channel of `fork` and is told how they go. */
import { fileURLToPath } from "node:url";
import type { Dataset } from "../data/index.ts";
import { loadDataset } from "./datasets.ts";
import { type KernelsSettings, useKernels } from "./kernels.ts";
import { runTrial, type TrialOutcome, type TrialTask } from "./trial-run.ts";

/** The file that node runs: the built one in any case, because node cannot run the source. */
export const trialProcessFile: string = fileURLToPath(
  import.meta.url.endsWith(".ts") ? new URL("../../dist/node/trial-process.js", import.meta.url) : import.meta.url,
);
/** Tells this file that it is the process, and not imported. */
export const trialProcessArgument = "chainrule-trial-process";

/** The first message: what all trials of this process are trained on, and with. */
export interface TrialSetup {
  readonly dataset: string;
  readonly seed: number; // of the built-in shapes
  readonly kernels: KernelsSettings;
}

export type ToProcess =
  | { readonly type: "setup"; readonly setup: TrialSetup }
  | { readonly type: "run"; readonly task: TrialTask }
  | { readonly type: "answer"; readonly stop: boolean };

export type FromProcess =
  | { readonly type: "epoch"; readonly curve: readonly number[] }
  | { readonly type: "outcome"; readonly outcome: TrialOutcome }
  | { readonly type: "error"; readonly message: string };

function serve(): void {
  const send = (message: FromProcess): void => void process.send?.(message);
  let dataset: Promise<Dataset> | undefined;
  let answer: ((stop: boolean) => void) | undefined;
  const onEpoch = (curve: readonly number[]): Promise<boolean> =>
    new Promise((resolve) => {
      answer = resolve;
      send({ type: "epoch", curve });
    });
  process.on("disconnect", () => process.exit()); // the parent is gone
  process.on("SIGINT", () => {}); // Ctrl-C goes to all processes of a terminal; the parent decides
  process.on("message", async (message: ToProcess) => {
    try {
      if (message.type === "answer") answer?.(message.stop);
      else if (message.type === "setup") {
        useKernels(message.setup.kernels);
        dataset = loadDataset(message.setup.dataset, { seed: message.setup.seed });
      } else send({ type: "outcome", outcome: await runTrial(await dataset!, message.task, { onEpoch }) });
    } catch (error) {
      send({ type: "error", message: error instanceof Error ? error.message : String(error) });
    }
  });
}

if (process.argv[2] === trialProcessArgument) serve();
