/** The best settings of a search as a run of its own, tested once on the test images. */
import { relative } from "node:path";
import { preprocessedExamples } from "../data/index.ts";
import { readCheckpoint } from "../node/checkpoint-file.ts";
import { useKernels as chooseKernels } from "../node/kernels.ts";
import { bestEpoch, evaluate, type Run, trainingSession } from "../training/index.ts";
import { io, remark } from "./print.ts";
import { RunOutputs } from "./run-outputs.ts";
import { trainingProgress } from "./training-progress.ts";
import type { PreparedSearch, TuneOptions } from "./tune-prepare.ts";
import type { Best } from "./tune-report.ts";

export interface Retrained {
  readonly run: string; // its folder
  readonly valAccuracy: number;
  readonly testAccuracy: number;
  readonly epochs: number;
}

/** @returns "stopped" when it was interrupted */
export async function retrain(
  { dataset, record }: PreparedSearch,
  best: Best,
  options: TuneOptions & { readonly retrain?: number | true; readonly runsDir: string },
  signal: AbortSignal,
): Promise<Retrained | "stopped"> {
  const { kernels } = chooseKernels({ ...options, kernels: options.kernels as "wasm" | undefined }); // with all threads
  const epochs = typeof options.retrain === "number" ? options.retrain : best.settings.epochs;
  const settings = { ...best.settings, epochs };
  remark(`retraining trial ${best.trial} for ${epochs} epochs`);
  const progress = trainingProgress({ epochs, printEvery: 0 });
  const outputs = new RunOutputs(
    { runsDir: options.runsDir },
    { prefix: record.name, kernels: kernels.name, say: progress.say },
  );
  let run: Run | undefined;
  try {
    const save = (checkpoint: Uint8Array): Promise<void> => outputs.save(checkpoint, run!);
    for await (const event of trainingSession(dataset, settings, { save, signal })) {
      if (event.type === "started") run = event.run;
      else if (event.type === "step") progress.onStep(event);
      else if (event.type === "saved") progress.onEpoch(event.record);
      else if (event.type === "finished") await outputs.end(run!, "finished");
      else if (event.type === "stopped") {
        await outputs.end(run!, "stopped");
        io().exitCode = Number(signal.reason);
        return "stopped";
      }
    }
  } catch (error) {
    if (run && (error as Error).name === "DivergenceError") await outputs.end(run, "diverged");
    throw error;
  } finally {
    progress.stop();
  }
  const { folder, checkpointFile } = outputs.files!;
  const checkpoint = await readCheckpoint(checkpointFile);
  const rows = Int32Array.from({ length: dataset.test.count }, (_, i) => i);
  const { accuracy } = evaluate(checkpoint.model, preprocessedExamples(dataset.test, dataset, rows, checkpoint));
  return {
    run: relative(".", folder!),
    valAccuracy: bestEpoch(run!.history)!.valAccuracy,
    testAccuracy: accuracy,
    epochs: run!.history.epochs.length,
  };
}
