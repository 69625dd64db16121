/** Fitting an affine transform step by step, with the updates that also train networks. */
import { checkInteger, checkName, checkNumber, checkShare, SettingError } from "../errors.ts";
import { loops } from "../kernels/loops/loops.ts";
import { Adam } from "../optim/index.ts";
import { type DType, Tensor } from "../tensor/index.ts";
import {
  type AffineTransform,
  identityNumbers,
  lossAndGradients,
  predict,
  type SixNumbers,
  transformOf,
} from "./affine-transform.ts";
import { checkCorrespondences } from "./check-points.ts";
import { boundedSettings, type Curvature, curvatureOf, largestStableRate } from "./curvature.ts";
import { excessLoss, summarize } from "./summary.ts";

export const descentMethods = ["gd", "momentum", "adam"] as const;
export type DescentMethod = (typeof descentMethods)[number];

export interface FitSettings {
  /** > 0, or `"auto"` (default): the fastest constant rate that the curvature allows, at most `2 / largest`; 0.2 for Adam. */
  readonly learningRate?: number | "auto";
  /** How many updates, >= 0, default 100. */
  readonly steps?: number;
  /** `gd` (default), `momentum` (heavy ball), or `adam`. */
  readonly method?: DescentMethod;
  /** For `momentum`: 0 … <1; by default chosen for these points under `learningRate: "auto"`, else 0.9. */
  readonly momentum?: number;
  /** Minimizes the Huber loss with this δ instead of the squared distance: far points pull with a constant force. */
  readonly huberDelta?: number;
  /** Called at the start (step 0) and after every update. */
  readonly onStep?: (step: FitStep) => void;
}

export interface FitStep extends AffineTransform {
  readonly step: number; // updates so far, 0 … steps
  readonly loss: number; // at this s and t, which are the caller's to keep
}

export interface DescentFit extends AffineTransform {
  /** What was minimized, at `s` and `t`: the mean squared distance, or the Huber loss if {@link FitSettings.huberDelta} was given. */
  readonly loss: number;
  readonly steps: number;
  readonly learningRate: number;
  readonly momentum: number;
  readonly curvature: Curvature;
  /** Length of the gradient, all six numbers of it, at `s` and `t`. */
  readonly gradientNorm: number;
  /** How far the mean squared distance is above the smallest one; the Huber loss is at least this far above its own. */
  readonly excess: number;
  /** By what share of itself the loss fell over the last tenth of the steps, rounded up; below 0 where it rose. */
  readonly recentDrop: number;
  /**
   * Whether no affine correction would explain more than a thousandth of the residuals' squares, each residual cut to length δ
   * under the Huber loss: the mean squared distance is then within 0.1 % of its minimum. Or whether `excess` is down to 1e-9
   * of the loss at the start.
   */
  readonly converged: boolean;
}

/** What Adam moves a parameter by in its first steps, whatever the gradient's size. */
const adamRate = 0.2;

/**
 * Minimizes the mean squared distance of `S·p + t` from `p'` by gradient descent, starting at the identity.
 *
 * The problem is quadratic, so whether a rate converges is known before the first step; see {@link affineCurvature}.
 * Points on one line (or fewer than three) leave many transforms with the same smallest loss; descent heads for the one
 * nearest to the identity.
 * @param p - points, (N, 2)
 * @param pPrime - their targets, (N, 2)
 * @throws {ShapeError} when a shape is another, or N = 0
 * @throws {FormatError} when a coordinate is NaN, infinite or beyond ±1e100
 * @throws {SettingError} for a setting outside its range, and for a learning rate that would diverge, with the largest that does not
 */
export function fitAffineTransform(p: Tensor<DType>, pPrime: Tensor<DType>, settings: FitSettings = {}): DescentFit {
  const who = "fitAffineTransform";
  const [from, to] = checkCorrespondences(who, p, pPrime);
  const { steps = 100, huberDelta, onStep } = settings;
  checkInteger(who, "steps", steps, 0);
  if (huberDelta !== undefined) checkNumber(who, "huberDelta", huberDelta, { positive: true });
  const summary = summarize(from, to);
  const curvature = curvatureOf(summary);
  const { learningRate, momentum } = chooseRate(who, settings, curvature);

  const six = identityNumbers();
  const grads = new Float64Array(6);
  const evaluate = (): number =>
    huberDelta === undefined
      ? summary.smallestLoss + excessLoss(summary, six, grads)
      : lossAndGradients(from, to, six, huberDelta, grads);
  const update = updateOf(settings.method, six, grads, learningRate, momentum);

  const startLoss = evaluate();
  let loss = startLoss;
  let earlierLoss = loss; // a tenth of the steps before the end
  onStep?.({ step: 0, loss, ...transformOf(six) });
  for (let step = 1; step <= steps; step++) {
    update();
    loss = evaluate();
    if (!Number.isFinite(loss))
      throw new SettingError(
        `${who}: the loss left the range of float64 at step ${step}; take a smaller learning rate`,
      );
    if (step === Math.floor(0.9 * steps)) earlierLoss = loss;
    onStep?.({ step, loss, ...transformOf(six) });
  }

  const pulled = huberDelta === undefined ? summary : summarize(from, cutResiduals(from, to, six, huberDelta));
  const gradientNorm = Math.hypot(...grads);
  const excess = excessLoss(pulled, six, grads);
  return {
    ...transformOf(six),
    loss,
    steps,
    learningRate,
    momentum,
    curvature,
    gradientNorm,
    excess,
    recentDrop: earlierLoss === 0 ? 0 : 1 - loss / earlierLoss,
    converged: excess <= 1e-3 * (pulled.smallestLoss + excess) + 1e-9 * startLoss,
  };
}

/** One step of the method: what {@link Adam} does, or what defines the update of `SGD` under every kernel. */
function updateOf(
  method: DescentMethod | undefined,
  six: SixNumbers,
  grads: SixNumbers,
  learningRate: number,
  momentum: number,
): () => void {
  const tensor = (data: SixNumbers): Tensor<"float64"> => new Tensor(data, [6], "float64");
  if (method === "adam") {
    const adam = new Adam({ transform: tensor(six) }, { learningRate });
    return () => adam.step({ transform: tensor(grads) });
  }
  const slots = momentum > 0 ? [new Float64Array(6)] : [];
  const rule = { name: "sgd", momentum, nesterov: false } as const;
  const update = { w: six, slots, rule, gradient: grads, learningRate };
  return () => loops.update(update);
}

/**
 * Targets moved up to where they are at most δ from the prediction: there the squared distance has the gradient of the Huber
 * loss and curves at least as much, so that what it is above its minimum, the Huber loss is above its own at least.
 */
function cutResiduals(from: Float64Array, to: Float64Array, six: SixNumbers, delta: number): Float64Array {
  const targets = predict(from, six);
  for (let i = 0; i < targets.length; i += 2) {
    const [rx, ry] = [to[i]! - targets[i]!, to[i + 1]! - targets[i + 1]!];
    const scale = Math.min(1, delta / Math.hypot(rx, ry));
    targets[i]! += scale * rx;
    targets[i + 1]! += scale * ry;
  }
  return targets;
}

/** The rate and momentum to use. @throws {SettingError} when they are out of range or diverge */
function chooseRate(
  who: string,
  { method = "gd", learningRate = "auto", momentum }: FitSettings,
  curvature: Curvature,
): { learningRate: number; momentum: number } {
  checkName(who, "method", method, descentMethods);
  if (momentum !== undefined) {
    if (method !== "momentum")
      throw new SettingError(`${who}: expected momentum only with method "momentum", got "${method}"`);
    checkShare(who, "momentum", momentum);
  }
  if (learningRate !== "auto") checkNumber(who, "learningRate", learningRate, { positive: true });
  if (method === "adam") return { learningRate: learningRate === "auto" ? adamRate : learningRate, momentum: 0 };

  const chosen =
    method === "gd" ? 0 : (momentum ?? (learningRate === "auto" ? boundedSettings(curvature).momentum : 0.9));
  const best = boundedSettings(curvature, chosen).learningRate;
  const limit = largestStableRate(curvature, chosen);
  if (learningRate !== "auto" && learningRate >= limit) {
    const under = chosen > 0 ? ` with momentum ${formatDown(chosen)}` : "";
    throw new SettingError(
      `${who}: learning rate ${learningRate} makes the loss on these points grow without bound; ` +
        `expected one below ${formatDown(limit)} (2${chosen > 0 ? "·(1 + momentum)" : ""} / largest curvature ` +
        `${curvature.largest.toPrecision(4)})${under}; "auto" takes ${formatDown(best)}`,
    );
  }
  return { learningRate: learningRate === "auto" ? best : learningRate, momentum: chosen };
}

/** Four digits, rounded down: a limit quoted this way can be used. */
function formatDown(value: number): string {
  const unit = 10 ** (Math.floor(Math.log10(value)) - 3);
  return String(Number((Math.floor(value / unit) * unit).toPrecision(4)));
}
