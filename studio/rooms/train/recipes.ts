/** Recipes in prose: each sets everything. */
import type { PresetName } from "../../../src/training/index.ts";

export const recipes: Readonly<Record<PresetName, readonly [title: string, prose: string]>> = {
  tuned: [
    "Train well",
    "The best two-layer settings that we found: 512 hidden units, momentum, averaged weights, a falling learning rate.",
  ],
  untuned: [
    "Start the way the homework does",
    "Tiny weights, a tiny learning rate, a strong penalty: a loss that only creeps. What would you change first?",
  ],
  overfit: [
    "Learn a few images by heart",
    "500 images and no penalty: train accuracy climbs to 100%, val accuracy does not follow.",
  ],
  deep: [
    "Go deep",
    "Two hidden layers with batch normalisation and dropout on whitened, shifted, mirrored images. Made for CIFAR-10; takes a while.",
  ],
};
