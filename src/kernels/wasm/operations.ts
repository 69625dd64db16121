/** The operations of the WebAssembly modules: what `assembly/index.ts` knows each by (add 1 for float64), and its job. */
export const operations = {
  gemm: { code: 0, job: "product" },
  foreignGemm: { code: 2, job: "product" },
  foreignParts: { code: 4, job: "product" },
  addParts: { code: 6, job: "product" },
  softmaxLoss: { code: 8, job: "softmaxLoss" },
  relu: { code: 10, job: "relu" },
  reluBackward: { code: 12, job: "reluBackward" },
  addScaled: { code: 14, job: "addScaled" },
  update: { code: 16, job: "update" },
  sumSquares: { code: 18, job: "sumSquares" },
  sumRows: { code: 20, job: "sumRows" },
  gatherBytes: { code: 22, job: "gatherBytes" },
  batchNormForward: { code: 24, job: "batchNorm" },
  batchNormBackward: { code: 26, job: "batchNorm" },
  dropout: { code: 28, job: "dropout" },
} as const;

/** The fields of each job in the order of its class in `assembly/`: whole numbers and addresses, then fractions. */
// biome-ignore format: as the classes are written
export const jobs = {
  product: {
    integers: [
      "m", "n", "k", "a", "b", "out", "bias", "mask", "transposeA", "transposeB", "relu",
      "rowsPerTile", "columnsPerTile", "rowsAtOnce", "w", "first", "second", "rule", "depthPerTile", "depthAtOnce", "parts", "partCount", "wantsSquares",
    ],
    fractions: ["alpha", "beta", "learningRate", "weightDecay", "scale", "p0", "p1", "p2", "p3", "p4"],
  },
  softmaxLoss: {
    integers: ["rows", "columns", "scores", "labels", "gradScores", "sums", "margins", "rowsPerTile"],
    fractions: [],
  },
  relu: { integers: ["length", "x", "out"], fractions: [] },
  reluBackward: { integers: ["length", "gradOut", "out", "gradX"], fractions: [] },
  addScaled: { integers: ["length", "x", "out"], fractions: ["scale", "keep"] },
  update: {
    integers: ["length", "w", "grad", "first", "second", "rule"],
    fractions: ["learningRate", "weightDecay", "scale", "p0", "p1", "p2", "p3", "p4"],
  },
  batchNorm: {
    integers: [
      "rows", "columns", "x", "gamma", "beta", "mean", "variance", "out",
      "relu", "drops", "key", "threshold", "gradOut", "gradX", "gradGamma", "gradBeta", "columnsPerTile",
    ],
    fractions: ["eps", "keep"],
  },
  dropout: { integers: ["length", "x", "out", "key", "threshold"], fractions: ["keep"] },
  sumSquares: { integers: ["length", "x", "elementsPerTile"], fractions: [] },
  sumRows: { integers: ["rows", "columns", "x", "out", "columnsPerTile"], fractions: [] },
  gatherBytes: {
    integers: ["rows", "channels", "plane", "bytes", "indices", "scale", "shift", "out", "rowsPerTile"],
    fractions: [],
  },
} as const;

export type Operation = keyof typeof operations;
type Job = keyof typeof jobs;
type FieldName<J extends Job> = (typeof jobs)[J]["integers" | "fractions"][number];

/** Where each field of a job is: its index among the whole numbers, or among the fractions, of the control block. */
export type Offsets<J extends Job> = { readonly [name in FieldName<J>]: number };

/**
 * The same for every job. Fields are written one by one to where they belong, because an object of thirty names costs more to
 * make than a small product to compute.
 */
export const offsets: { readonly [J in Job]: Offsets<J> } = Object.fromEntries(
  Object.entries(jobs).map(([job, { integers, fractions }]) => {
    const start = Math.ceil(integers.length / 2); // fractions are twice as long, and aligned
    const entries = [...integers.map((name, i) => [name, i]), ...fractions.map((name, i) => [name, start + i])];
    return [job, Object.fromEntries(entries)];
  }),
) as { readonly [J in Job]: Offsets<J> };

/** What a module exports. */
export interface WasmExports {
  runAlone(operation: number, tiles: number): void;
  runTogether(operation: number, tiles: number): void;
  finished(tiles: number): number;
  work(thread: number): void;
}

/** The control block, in bytes; see `assembly/job.ts`. */
export const layout: {
  readonly done: number;
  readonly fields: number;
  readonly partials: number;
  readonly mostPartials: number; // how many there is room for
  readonly scratch: number;
  readonly scratchPerThread: number;
} = {
  done: 128,
  fields: 256,
  partials: 4096,
  mostPartials: 4096,
  scratch: 65536,
  scratchPerThread: 3 << 19,
};
