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
