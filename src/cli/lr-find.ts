/** `chainrule train --lr-find`. */
import type { Kernels } from "../kernels/index.ts";
import { writePicture } from "../node/picture.ts";
import { chart } from "../plots/index.ts";
import { rateTest, startRun } from "../training/index.ts";
import type { Prepared } from "./prepare-run.ts";
import { print, printJson, remark, remarkFile } from "./print.ts";
import { preparationProgress } from "./training-progress.ts";

export async function findLearningRate(
  { dataset, settings, resume }: Prepared,
  { plotFile = "lr-find.svg", json }: { readonly plotFile?: string; readonly json?: boolean },
  kernels: Kernels,
): Promise<void> {
  const preparation = preparationProgress();
  const run = startRun(dataset, settings, { whitening: resume?.whitening, onPreparing: preparation.update });
  preparation.stop();
  remark(`100 steps at growing learning rates; kernels: ${kernels.description}`);
  const { learningRates, losses, suggestion } = rateTest(run);
  const marked = suggestion === undefined ? [] : [{ x: suggestion, label: `suggested: ${suggestion}` }];
  const svg = chart([
    {
      title: "Loss against learning rate",
      x: { label: "learning rate", scale: "log" },
      y: { label: "loss, mean of about ten steps" },
      series: [
        { kind: "line", name: "loss", color: 0, x: learningRates, y: losses },
        ...marked.map(({ x, label }) => ({
          ...({ kind: "line", name: label, color: 1 } as const),
          ...{ x: [x, x], y: [Math.min(...losses), Math.max(...losses)] },
        })),
      ],
    },
  ]);
  remarkFile(plotFile, await writePicture(plotFile, svg));
  if (json) printJson({ suggestion: suggestion ?? null, learningRates, losses, plotFile });
  else print(suggestion === undefined ? "no learning rate lowered the loss" : `suggested learning rate ${suggestion}`);
}
