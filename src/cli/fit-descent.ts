/** Gradient descent for the command line: the fit, watched as far as asked for, and what there is to say about it. */

import { conditionNumber, largestStableRate } from "../fitting/curvature.ts";
import {
  type AffineTransform,
  type DescentFit,
  type DescentMethod,
  fitAffineLeastSquares,
  fitAffineTransform,
} from "../fitting/index.ts";
import type { Keepable } from "../node/kept-result.ts";
import { writePicture } from "../node/picture.ts";
import { fitLossPlot } from "../plots/index.ts";
import { frameInterval, writeFitGif } from "./fit-gif.ts";
import { type Correspondences, formatNumber, formatSetting } from "./fit-points.ts";
import { remark, remarkFile } from "./print.ts";

export interface DescentOptions {
  readonly learningRate: number | "auto";
  readonly steps: number;
  readonly momentum?: number;
  readonly huberDelta?: number;
  readonly printLossEvery: number;
  readonly lossPlot?: string;
  readonly lossScale: "linear" | "log";
  readonly animatedGif?: string;
  readonly showEvery?: number;
  readonly keep?: boolean;
}

export interface Found {
  readonly fit: AffineTransform & { readonly loss: number };
  readonly seconds: number;
  /** how it was found, for people */
  readonly lines: readonly string[];
  /** the same for `--json` */
  readonly figures: Readonly<Record<string, unknown>>;
  /** for `--keep` */
  readonly files?: Keepable["files"];
}

export async function runDescent(
  options: DescentOptions,
  method: DescentMethod,
  points: Correspondences,
  progress: (text: string) => void,
): Promise<Found> {
  const { p, pPrime } = points;
  const { learningRate, steps, momentum, huberDelta, printLossEvery, lossPlot, animatedGif, keep } = options;
  const every = animatedGif ? frameInterval(steps, options.showEvery) : 0;
  const losses = new Float64Array(lossPlot || keep ? steps + 1 : 0);
  const shown: (AffineTransform & { step: number; loss: number })[] = [];
  const watched = Boolean(lossPlot || keep || animatedGif || printLossEvery);
  const startLoss = fitAffineTransform(p, pPrime, { steps: 0, ...(huberDelta !== undefined && { huberDelta }) }).loss;
  const started = performance.now();
  const fit = fitAffineTransform(p, pPrime, {
    method,
    learningRate,
    steps,
    ...(momentum !== undefined && { momentum }),
    ...(huberDelta !== undefined && { huberDelta }),
    ...(watched && {
      onStep(step) {
        if (lossPlot || keep) losses[step.step] = step.loss;
        if (every && (step.step % every === 0 || step.step === steps)) shown.push(step);
        if (printLossEvery && step.step % printLossEvery === 0)
          progress(`step ${String(step.step).padStart(String(steps).length)}  loss ${formatNumber(step.loss)}`);
      },
    }),
  });
  const seconds = (performance.now() - started) / 1000;
  const optimum =
    fit.curvature.openDirections === 0 && huberDelta === undefined ? fitAffineLeastSquares(p, pPrime).loss : undefined;
  warnAbout(fit, method, points, startLoss);
  const plot = (): string =>
    fitLossPlot(losses, {
      lossScale: options.lossScale,
      title: `${describeMethod(method, fit)}: loss ${formatNumber(fit.loss)} after ${steps} steps`,
      ...(huberDelta !== undefined && { lossName: `Huber loss with δ = ${formatSetting(huberDelta)}` }),
      ...(optimum !== undefined && { optimum }),
    });
  if (lossPlot) remarkFile(lossPlot, await writePicture(lossPlot, plot()));
  if (animatedGif) await writeFitGif(animatedGif, p, pPrime, shown, steps);
  const limit = largestStableRate(fit.curvature, fit.momentum);
  return {
    fit,
    seconds,
    lines: [
      `${describeMethod(method, fit)}, ${steps} steps${method === "adam" ? "" : ` (stable below ${formatSetting(limit)})`}`,
      describeConvergence(fit),
      ...(optimum === undefined ? [] : [`least squares reaches a loss of ${formatNumber(optimum)}`]),
    ],
    figures: {
      steps,
      learningRate: fit.learningRate,
      momentum: fit.momentum,
      largestStableLearningRate: method === "adam" ? null : limit,
      converged: fit.converged,
      gradientNorm: fit.gradientNorm,
      excess: fit.excess,
      recentDrop: fit.recentDrop,
      leastSquaresLoss: optimum ?? null,
      ...(huberDelta !== undefined && { huberDelta }),
    },
    ...(keep && { files: { plot: ["loss.svg", plot()], history: ["history.csv", lossTable(losses)] } }),
  };
}

const mostRows = 10_000;

/** The loss after each step, or after every k-th of very many. */
function lossTable(losses: Float64Array): string {
  const every = Math.ceil(losses.length / mostRows);
  const isShown = (step: number): boolean => step % every === 0 || step === losses.length - 1;
  const rows = Array.from(losses, (loss, step) => (isShown(step) ? `${step},${loss}\n` : "")).join("");
  return `step,loss\n${rows}`;
}

function describeMethod(method: DescentMethod, { learningRate, momentum }: DescentFit): string {
  const name = {
    gd: "gradient descent",
    momentum: `gradient descent with momentum ${formatSetting(momentum)}`,
    adam: "Adam",
  };
  return `${name[method]}, learning rate ${formatSetting(learningRate)}`;
}

function describeConvergence({ converged, gradientNorm, recentDrop, steps }: DescentFit): string {
  const recent = steps - Math.floor(0.9 * steps);
  const change = `${recentDrop < 0 ? "rose" : "fell"} by ${Number((100 * Math.abs(recentDrop)).toPrecision(2))} %`;
  const trend = steps === 0 ? "" : `, the loss ${change} over the last ${recent === 1 ? "step" : `${recent} steps`}`;
  return `${converged ? "converged" : "not converged, more steps would lower the loss"}: gradient norm ${formatNumber(gradientNorm)}${trend}`;
}

/** What the numbers alone would not say. */
function warnAbout(fit: DescentFit, method: DescentMethod, { p }: Correspondences, startLoss: number): void {
  if (fit.loss > startLoss)
    remark(
      `the fit failed: the loss is ${formatNumber(fit.loss)}, more than at the start (${formatNumber(startLoss)}); try a smaller ` +
        "--learning-rate, centre and scale the points, or use --method least-squares",
    );
  const { openDirections } = fit.curvature;
  if (openDirections > 0) {
    const N = p.shape[0]!;
    const where =
      N < 3
        ? `${N} point${N === 1 ? " is" : "s are"}`
        : `${N} points ${openDirections === 2 ? "in one place" : "on one line"} are`;
    const rest = fit.converged ? "" : ", and is not there yet: more steps";
    const which = method === "adam" ? "" : `; descent heads for the one nearest to the identity${rest}`;
    remark(`${where} not enough to fix a transform: others fit as well${which}`);
  }
  const condition = conditionNumber(fit.curvature);
  if (method !== "adam" && condition > 1000) {
    const steps = (Math.log(10) / 4) * (method === "gd" ? condition : Math.sqrt(2 * condition));
    remark(
      `the loss is ${condition.toExponential(1)} times steeper one way than another: about ${steps.toExponential(0)} steps ` +
        "for each further digit; centre and scale the points, or use --method least-squares",
    );
  }
}
