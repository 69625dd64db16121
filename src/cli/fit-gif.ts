import { type AffineTransform, applyAffineTransform } from "../fitting/index.ts";
import { writeGif } from "../node/gif.ts";
import { scatterFrames } from "../plots/index.ts";
import type { Tensor } from "../tensor/index.ts";
import { formatNumber, thinOut } from "./fit-points.ts";
import { remark, remarkFile } from "./print.ts";

const maxFrames = 120;
const usualFrames = 60; // smooth enough, and quick to draw
const maxPoints = 10_000;

/** Steps between two frames: as asked for, but never more than about 120 frames, the first and the last among them. */
export function frameInterval(steps: number, showEvery?: number): number {
  const spread = (frames: number): number => Math.max(1, Math.ceil(steps / (frames - 1)));
  if (showEvery === undefined) return spread(usualFrames);
  const least = spread(maxFrames);
  if (showEvery < least)
    remark(
      `--show-every ${showEvery} would take ${Math.ceil(steps / showEvery) + 1} frames; showing one in ${least} steps`,
    );
  return Math.max(showEvery, least);
}

/** Source points, targets and the moving prediction, 640×480, under axes that hold every frame. */
export async function writeFitGif(
  path: string,
  p: Tensor<"float64">,
  pPrime: Tensor<"float64">,
  shown: readonly (AffineTransform & { readonly step: number; readonly loss: number })[],
  steps: number,
): Promise<void> {
  const [source, targets] = [thinOut(p, maxPoints), thinOut(pPrime, maxPoints)];
  if (source !== p) remark(`${path} shows ${source.shape[0]} of ${p.shape[0]} points`);
  const predictions = shown.map((step) => applyAffineTransform(source, step).data);
  const drawing = scatterFrames(source.data, targets.data, { include: corners(predictions) });
  const digits = String(steps).length;
  const frames = shown.map(({ step, loss }, i) =>
    drawing.moving(
      predictions[i]!,
      `step ${String(step).padStart(digits, "\u2007")} of ${steps}, loss ${formatNumber(loss)}`,
    ),
  );
  const { width, height, still } = drawing;
  remarkFile(path, await writeGif(path, { width, height, still, frames }));
}

/** Two points that span everything the predictions touch. */
function corners(predictions: readonly Float64Array[]): number[] {
  const low = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  const high = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const prediction of predictions)
    for (let i = 0; i < prediction.length; i++) {
      low[i & 1] = Math.min(low[i & 1]!, prediction[i]!);
      high[i & 1] = Math.max(high[i & 1]!, prediction[i]!);
    }
  return [...low, ...high];
}
