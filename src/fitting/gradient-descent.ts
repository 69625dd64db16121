/** Fitting an affine transform step by step, with the updates that also train networks. */
import { checkInteger, checkName, checkNumber, checkShare, SettingError } from "../errors.ts";
import { Adam } from "../optim/index.ts";
import { type DType, Tensor } from "../tensor/index.ts";
import { type AffineTransform, identityTransform, lossAndGradients } from "./affine-transform.ts";
import { checkFinite, checkPairs } from "./check-points.ts";
import { type Curvature, calmSettings, curvatureOf, largestStableRate } from "./curvature.ts";
import { summarize, summaryLoss } from "./summary.ts";

export const descentMethods = ["gd", "momentum", "adam"] as const;
export type DescentMethod = (typeof descentMethods)[number];

export interface FitSettings {
  /** > 0, or `"auto"` (default): the fastest constant rate that the curvature allows, with momentum slow enough for the loss not to grow on the way; 0.2 for Adam. */
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
  /** The loss is at most this far above the smallest one (for the mean squared distance): |gradient|² / (2·smallest curvature). */
  readonly excess: number;
}

/** What Adam moves a parameter by in its first steps, whatever the gradient's size. */
const adamRate = 0.2;

/**
 * Minimizes the mean squared distance of `S·p + t` from `p'` by gradient descent, starting at the identity.
 *
 * The problem is quadratic, so whether a rate converges is known before the first step; see {@link affineCurvature}.
 * Points on one line (or fewer than three) leave many transforms with the same smallest loss; descent heads for the one
 * nearest to the identity, and is there once {@link DescentFit.excess} is small.
 * @param p - points, (N, 2)
 * @param pPrime - their targets, (N, 2)
 * @throws {ShapeError} when a shape is another, or N = 0
 * @throws {FormatError} when a coordinate is NaN or infinite
 * @throws {SettingError} for a setting outside its range, and for a learning rate that would diverge, with the largest that does not
 */
export function fitAffineTransform(p: Tensor<DType>, pPrime: Tensor<DType>, settings: FitSettings = {}): DescentFit {
  const who = "fitAffineTransform";
  const [from, to] = checkPairs(who, p, pPrime);
  const { steps = 100, huberDelta, onStep } = settings;
  checkInteger(who, "steps", steps, 0);
  if (huberDelta !== undefined) checkNumber(who, "huberDelta", huberDelta, { positive: true });
  const summary = summarize(from, to);
  if (!Number.isFinite(summary.xx + summary.yy + summary.uu + summary.vv)) checkFinite(who, from, to);
  const curvature = curvatureOf(summary);
  const { learningRate, momentum } = chooseRate(who, settings, curvature);

  const { s, t } = identityTransform();
  const optimizer = settings.method === "adam" ? new Adam({ s, t }, { learningRate }) : undefined;
  const velocity = new Float64Array(6);
  const gradients = new Float64Array(6);
  const grads = {
    s: new Tensor(gradients.subarray(0, 4), [2, 2], "float64"),
    t: new Tensor(gradients.subarray(4), [2], "float64"),
  };
  const pass = (delta: number): number => lossAndGradients(from, to, s.data, t.data, delta, gradients);
  const rounding = 1e-10 * (summary.uu + summary.vv); // below it the summary's own rounding would show
  const evaluate = (): number => {
    if (huberDelta !== undefined) return pass(huberDelta);
    const quick = summaryLoss(summary, s.data, t.data, gradients);
    return quick > rounding ? quick : pass(Number.POSITIVE_INFINITY);
  };
  let loss = evaluate();
  onStep?.({ step: 0, loss, s: s.clone(), t: t.clone() });
  for (let step = 1; step <= steps; step++) {
    if (optimizer) optimizer.step(grads);
    else descend(s.data, t.data, gradients, velocity, learningRate, momentum);
    loss = evaluate();
    if (!Number.isFinite(loss))
      throw new SettingError(
        `${who}: the loss left the range of float64 at step ${step}; take a smaller learning rate`,
      );
    onStep?.({ step, loss, s: s.clone(), t: t.clone() });
  }
  const excess = gradients.reduce((sum, g) => sum + g * g, 0) / (2 * curvature.smallest);
  return { s, t, loss, steps, learningRate, momentum, curvature, excess };
}

/** One heavy-ball step as SGD takes it; for six numbers a loop is cheaper than what SGD checks and looks up at every step. */
function descend(
  s: Float64Array,
  t: Float64Array,
  gradients: Float64Array,
  velocity: Float64Array,
  learningRate: number,
  momentum: number,
): void {
  for (let k = 0; k < 6; k++) {
    const moving = momentum * velocity[k]! + gradients[k]!;
    velocity[k] = moving;
    if (k < 4) s[k] = s[k]! - learningRate * moving;
    else t[k - 4] = t[k - 4]! - learningRate * moving;
  }
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

  const chosen = method === "gd" ? 0 : (momentum ?? (learningRate === "auto" ? calmSettings(curvature).momentum : 0.9));
  const best = calmSettings(curvature, chosen).learningRate;
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
