import type { Examples } from "../data/index.ts";
import { ShapeError } from "../errors.ts";
import { evaluation, softmax, softmaxLoss } from "../layers/index.ts";
import { type Classifier, highest } from "../models/index.ts";

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

/** The numbers of all examples, some at a time. */
export function* evaluationRows({ count }: Examples): Generator<Int32Array, void, undefined> {
  for (let start = 0; start < count; start += evaluationBatch) {
    const length = Math.min(evaluationBatch, count - start);
    yield Int32Array.from({ length }, (_, i) => start + i);
  }
}

/** How a model does on a set of examples. */
export interface Evaluation {
  readonly accuracy: number; // 0…1
  readonly loss: number; // mean softmax cross-entropy, without penalty; NaN without examples
  /** `confusion[label][predicted]`: how many examples of one class were taken for another. */
  readonly confusion: readonly (readonly number[])[];
  /** Share of each class's examples that were recognised, 0…1; NaN for a class without examples. */
  readonly perClass: readonly number[];
}

export interface EvaluationOptions {
  /** The same examples seen another way, their mirrors for instance: the probabilities of both are averaged. Default none. */
  readonly averagedWith?: Examples;
}

/** Predicts every example once. */
export function evaluate(model: Classifier, examples: Examples, { averagedWith }: EvaluationOptions = {}): Evaluation {
  const C = model.settings.numClasses;
  const confusion = Array.from({ length: C }, () => new Array<number>(C).fill(0));
  let [lossSum, averagedLoss] = [0, 0];
  for (const rows of evaluationRows(examples)) {
    const { length } = rows;
    const { x, labels } = examples.batch(rows);
    const [scores] = model.forward(x, evaluation);
    let predicted = highest(scores);
    lossSum += length * softmaxLoss(scores, labels)[0];
    if (averagedWith) {
      const probs = softmax(scores);
      const others = softmax(model.forward(averagedWith.batch(rows).x, evaluation)[0]);
      for (let i = 0; i < probs.size; i++) probs.data[i] = (probs.data[i]! + others.data[i]!) / 2;
      predicted = highest(probs);
      for (let i = 0; i < length; i++) averagedLoss -= Math.log(probs.data[i * C + labels.data[i]!]!);
    }
    for (let i = 0; i < length; i++) confusion[labels.data[i]!]![predicted[i]!]!++;
  }
  const sum = (row: readonly number[]): number => row.reduce((a, b) => a + b, 0);
  const correct = sum(confusion.map((row, c) => row[c]!));
  return {
    accuracy: correct / examples.count,
    loss: (averagedWith ? averagedLoss : lossSum) / examples.count,
    confusion,
    perClass: confusion.map((row, c) => row[c]! / sum(row)),
  };
}
