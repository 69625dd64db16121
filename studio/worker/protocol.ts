/** What the page and its training worker say to each other. One run at a time; the worker holds the images. */
import type { EpochRecord, LayerReport, TrainSettings } from "../../src/training/index.ts";

export type DataSource =
  | { readonly kind: "shapes" }
  /** Dropped files: a dataset folder, an archive, IDX files, or class folders of images. Paths include folders. */
  | { readonly kind: "files"; readonly files: readonly { readonly path: string; readonly file: File }[] }
  /** A dataset that `chainrule studio --data-dir` serves. */
  | { readonly kind: "served"; readonly name: string; readonly files: readonly { readonly name: string }[] };

export interface DatasetInfo {
  readonly name: string;
  readonly classNames: readonly string[];
  readonly trainCount: number;
  readonly testCount: number;
  readonly size: { readonly channels: number; readonly height: number; readonly width: number };
  /** Files that were no images, and why; a line each. */
  readonly unreadable: readonly string[];
}

export type ToWorker =
  | { readonly type: "open"; readonly source: DataSource }
  /** Trains afresh, or goes on with a checkpoint. */
  | { readonly type: "train"; readonly settings: TrainSettings; readonly resume?: Uint8Array | undefined }
  | { readonly type: "pause"; readonly paused: boolean }
  | { readonly type: "rate"; readonly factor: number }
  | { readonly type: "stop" }
  /** Validation images of one class that were taken for another. */
  | { readonly type: "cell"; readonly label: number; readonly predicted: number }
  /** What the model makes of one image, pixels 0…255 in planes. */
  | { readonly type: "classify"; readonly image: Uint8Array }
  /** Why: the terms of one score, and of one hidden unit. */
  | { readonly type: "explain"; readonly label: number; readonly unit?: number | undefined };

export interface Picture {
  readonly image: Uint8Array;
  readonly text: string;
}

export type FromWorker =
  | { readonly type: "opened"; readonly dataset: DatasetInfo }
  | { readonly type: "preparing"; readonly what: string; readonly share: number }
  | {
      readonly type: "started";
      readonly settings: TrainSettings;
      readonly kernels: string;
      readonly stepsPerEpoch: number;
      /** Of the epochs before, where a checkpoint is gone on with. */
      readonly losses: Float32Array;
      readonly epochs: readonly EpochRecord[];
    }
  /** Some steps: their losses, and how fast they went. */
  | { readonly type: "steps"; readonly losses: Float32Array; readonly examplesPerSecond: number }
  | { readonly type: "epoch"; readonly record: EpochRecord; readonly view: EpochView }
  | { readonly type: "saved"; readonly checkpoint: Uint8Array; readonly epoch: number }
  | { readonly type: "finished"; readonly early: boolean }
  | { readonly type: "stopped"; readonly epoch: number }
  | { readonly type: "cell"; readonly label: number; readonly predicted: number; readonly pictures: readonly Picture[] }
  | { readonly type: "classified"; readonly probs: Float32Array; readonly scores: Float32Array }
  | { readonly type: "explained"; readonly explanation: Explanation }
  /** `during` says which question failed; a run goes on when it was another one. */
  | { readonly type: "failed"; readonly during: ToWorker["type"]; readonly message: string };

/** What the room shows of the model after an epoch. */
export interface EpochView {
  /** `weights[unit]`: as many as fit, each the weights of one unit of the first layer; undefined where inputs are no pixels. */
  readonly weights: readonly Float32Array[] | undefined;
  readonly layers: readonly LayerReport[];
  readonly confusion: readonly (readonly number[])[];
  readonly mistakes: readonly Picture[];
}

/** One score as a sum of terms: `Σ value · weight + bias`. */
export interface Explanation {
  readonly label: number;
  readonly score: number;
  readonly bias: number;
  readonly terms: readonly Term[]; // the largest first
  readonly rest: number; // what the other terms add up to
  readonly unit?: UnitExplanation | undefined;
}

export interface Term {
  readonly unit: number;
  readonly value: number;
  readonly weight: number;
}

export interface UnitExplanation {
  readonly unit: number;
  readonly activation: string;
  readonly bias: number;
  readonly before: number; // the activation
  readonly after: number;
  readonly terms: readonly Term[]; // the largest first; units are inputs
  readonly rest: number;
  /** Weights, and weights × inputs, in the shape of the image; undefined where the unit's inputs are no pixels. */
  readonly images?: { readonly weights: Float32Array; readonly products: Float32Array } | undefined;
}
