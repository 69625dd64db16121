import { parseSpace, type Space } from "./space.ts";

/** The space of a search that names none: fully-connected networks of one or two hidden layers that train in minutes on two cores. */
export const defaultSpace: Space = parseSpace(
  {
    settings: { epochs: 15, numTrain: "all", normalize: true, momentum: 0.9, averageDecay: 0.995 },
    parameters: {
      optimizer: { choice: ["sgd", "nesterov"] },
      learningRate: { log: [0.005, 0.04] },
      reg: { log: [0.001, 0.01] },
      batchSize: { choice: [64, 128] },
      "hiddenDims.length": { integer: [1, 2] },
      "hiddenDims.0": { logInteger: [128, 512] },
      "hiddenDims.1": { logInteger: [64, 512], when: { "hiddenDims.length": { min: 2 } } },
      schedule: { choice: ["linear", "cosine"] },
      dropout: { linear: [0, 0.3], when: { "hiddenDims.length": { min: 2 } } },
      labelSmoothing: { linear: [0, 0.1] },
      "augment.mirror": { choice: [false, true] },
      "augment.shift": { integer: [0, 4] },
    },
  },
  "default space",
);
