import type { Examples } from "../data/index.ts";
import { ShapeError } from "../errors.ts";
import type { Classifier } from "../models/index.ts";

const evaluationBatch = 500; // examples at a time: large enough for fast products, small in memory

/**
 * Share of equal entries, 0…1; NaN when there are none.
 * @throws {ShapeError} when the lengths differ
 */
export function accuracy(predicted: ArrayLike<number>, labels: ArrayLike<number>): number {
  if (predicted.length !== labels.length)
    throw new ShapeError(`accuracy: expected ${predicted.length} labels, got ${labels.length}`);
  let correct = 0;
  for (let i = 0; i < labels.length; i++) if (predicted[i] === labels[i]) correct++;
  return correct / labels.length;
}

/** How a model does on a set of examples. */
export interface Evaluation {
  readonly accuracy: number; // 0…1
  /** `confusion[label][predicted]`: how many examples of one class were taken for another. */
  readonly confusion: readonly (readonly number[])[];
  /** Share of each class's examples that were recognised, 0…1; NaN for a class without examples. */
  readonly perClass: readonly number[];
}

/** Predicts every example once. */
export function evaluate(model: Classifier, examples: Examples): Evaluation {
  const C = model.settings.numClasses;
  const confusion = Array.from({ length: C }, () => new Array<number>(C).fill(0));
  for (let start = 0; start < examples.count; start += evaluationBatch) {
    const length = Math.min(evaluationBatch, examples.count - start);
    const { x, labels } = examples.batch(Int32Array.from({ length }, (_, i) => start + i));
    const predicted = model.predict(x);
    for (let i = 0; i < length; i++) confusion[labels.data[i]!]![predicted[i]!]!++;
  }
  const sum = (row: readonly number[]): number => row.reduce((a, b) => a + b, 0);
  const correct = sum(confusion.map((row, c) => row[c]!));
  return {
    accuracy: correct / examples.count,
    confusion,
    perClass: confusion.map((row, c) => row[c]! / sum(row)),
  };
}
