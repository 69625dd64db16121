import { checkInteger, SettingError } from "../errors.ts";
import type { Rng } from "../tensor/index.ts";
import type { ImageSet } from "./dataset.ts";

export interface TrainValSplit {
  readonly train: Int32Array; // indices into the set
  readonly val: Int32Array; // indices into the set, none of them in `train`
}

/**
 * Draws `numTrain` and `numVal` different images, in random order. The validation images are drawn first, so they
 * stay the same when only `numTrain` changes.
 *
 * @param options.numTrain - >= 1
 * @param options.numVal - >= 0
 * @throws {SettingError} when the set has fewer than `numTrain + numVal` images
 */
export function splitTrainVal(
  set: Pick<ImageSet, "count">,
  { numTrain, numVal, rng }: { numTrain: number; numVal: number; rng: Rng },
): TrainValSplit {
  checkInteger("splitTrainVal", "numTrain", numTrain, 1);
  checkInteger("splitTrainVal", "numVal", numVal, 0);
  if (numTrain + numVal > set.count)
    throw new SettingError(
      `splitTrainVal: expected numTrain + numVal <= ${set.count} training images, ` +
        `got ${numTrain} + ${numVal} = ${numTrain + numVal}`,
    );
  const order = rng.permutation(set.count);
  return { train: order.slice(numVal, numVal + numTrain), val: order.slice(0, numVal) };
}

/** Draws `share` of every class as test images, at least one image and never all. */
export function holdOut(
  indices: readonly number[],
  labels: Uint8Array,
  numClasses: number,
  share: number,
  rng: Rng,
): { train: number[]; test: number[] } {
  const split = { train: [] as number[], test: [] as number[] };
  for (let label = 0; label < numClasses; label++) {
    const members = indices.filter((i) => labels[i] === label);
    const order = rng.permutation(members.length);
    const numTest = Math.min(members.length - 1, Math.max(1, Math.round(share * members.length)));
    order.forEach((at, rank) => {
      split[rank < numTest ? "test" : "train"].push(members[at]!);
    });
  }
  return split;
}
