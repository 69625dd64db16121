import { type Examples, firstExamples, type TrainingExamples } from "../data/index.ts";
import { checkInteger, checkNumber, SettingError } from "../errors.ts";
import { kernels } from "../kernels/index.ts";
import type { Classifier } from "../models/index.ts";
import { type Optimizer, type Schedule, schedules } from "../optim/index.ts";
import { createRng, type Rng } from "../tensor/index.ts";
import { type Evaluation, evaluate } from "./evaluation.ts";
import { createExecutor } from "./executor.ts";
import { bestEpoch, type EpochRecord, type History } from "./history.ts";
import { evaluatedModel } from "./run.ts";
import type { WeightAverage } from "./weight-average.ts";

export interface StepEvent {
  readonly type: "step";
  readonly step: number; // 1, 2, … over the whole run
  readonly totalSteps: number;
  readonly epoch: number; // 1, 2, …
  readonly loss: number; // data + regularization, before the update
  readonly examples: number; // in this batch
}

/** An epoch is over, and its accuracies are measured. */
export interface EvaluatedEvent {
  readonly type: "evaluated";
  readonly record: EpochRecord;
  readonly onVal: Evaluation;
}

export interface TrainOptions {
  readonly model: Classifier;
  /** Follows the weights of `model`; accuracies are then those of the averaged weights. Default none. */
  readonly average?: WeightAverage | undefined;
  readonly optimizer: Optimizer;
  /** What steps read; train accuracy is measured on the same images unchanged, `train.plain` where they are changed. */
  readonly train: TrainingExamples;
  readonly val: Examples;
  readonly epochs: number; // in all, those of `history` included
  readonly batchSize: number;
  readonly reg: number; // strength of the L2 penalty, >= 0
  readonly rng: Rng; // shuffles the examples
  /** With the number of the step it decides how images are changed and what dropout drops; default 442. */
  readonly seed?: number;
  readonly clip?: number | undefined; // largest norm of all gradients together, > 0; default none
  readonly smoothing?: number; // of the labels, 0 … <1; default 0
  readonly patience?: number; // epochs without a better one after which training ends; default 0, never
  readonly schedule?: Schedule; // default constant
  /** Asked at every step: the learning rate is multiplied by it, for somebody who turns it while training; default 1. */
  readonly rateFactor?: () => number;
  /** What already happened, to go on from there; default nothing. */
  readonly history?: History;
  /** Train accuracy is measured on at most this many training examples; default all. */
  readonly trainAccuracyExamples?: number;
  readonly onStep?: (event: StepEvent) => void;
  /** Awaited before the next epoch starts. */
  readonly onEpoch?: (record: EpochRecord, history: History) => void | Promise<void>;
  readonly signal?: AbortSignal;
}

/** The loss became NaN, infinite, or a hundred times what it was. */
export class DivergenceError extends SettingError {
  override name = "DivergenceError";
}

/**
 * Trains in place by minibatch descent. Lets other events in about ten times a second, so that a page stays alive
 * and Ctrl-C is heard.
 *
 * @returns losses per step and accuracies per epoch, `options.history` included
 * @throws {DivergenceError} when the loss turns NaN or explodes, with the step and what to try
 * @throws the signal's reason when it is aborted; weights, average and `rng` are then those of an unfinished epoch
 */
export async function train(options: TrainOptions): Promise<History> {
  const history = options.history ?? newHistory(options);
  for await (const event of trainingEvents({ ...options, history })) {
    if (event.type === "step") options.onStep?.(event);
    else await options.onEpoch?.(event.record, history);
  }
  return history;
}

export function newHistory({ train, batchSize }: { train: { readonly count: number }; batchSize: number }): History {
  return { stepsPerEpoch: Math.ceil(train.count / batchSize), losses: [], epochs: [] };
}

/** {@link train} as a stream: whoever reads it drives it, and may stop reading at any event. */
export async function* trainingEvents(
  options: TrainOptions & { readonly history: History },
): AsyncGenerator<StepEvent | EvaluatedEvent, void, undefined> {
  const { model, average, optimizer, train, val, epochs, batchSize, reg, rng, history, signal } = options;
  const { schedule = schedules.constant, seed = 442, patience = 0 } = options;
  checkInteger("train", "epochs", epochs, 0);
  checkInteger("train", "batchSize", batchSize, 1);
  checkInteger("train", "the number of training examples", train.count, 1);
  checkNumber("train", "reg", reg);
  if (average && average.source !== model)
    throw new SettingError("train: expected an average of the model, got another model's");
  const { stepsPerEpoch } = history;
  const totalSteps = epochs * stepsPerEpoch;
  const measured = firstExamples(train.plain ?? (train as Examples), options.trainAccuracyExamples ?? train.count);
  const evaluated = evaluatedModel(options);
  const turn = turnOfTheEventLoop();
  const startRate = optimizer.learningRate;
  const stepper = createExecutor(model, optimizer, { reg, clip: options.clip, smoothing: options.smoothing ?? 0 });

  try {
    for (let epoch = history.epochs.length + 1; epoch <= epochs && !isOver(history, patience); epoch++) {
      const started = performance.now();
      let [dataSum, regSum] = [0, 0];
      const order = rng.permutation(train.count);
      for (let start = 0; start < order.length; start += batchSize) {
        const waiting = turn();
        if (waiting) await waiting;
        signal?.throwIfAborted();
        const step = history.losses.length; // so far
        const batch = train.batch(order.slice(start, start + batchSize), createRng(seed, 2 * step + 1));
        const pass = { training: true, rng: createRng(seed, 2 * step + 2) };
        const { loss, dataLoss, regLoss } = stepper.loss(batch, pass);
        optimizer.learningRate = startRate * schedule(step / totalSteps) * (options.rateFactor?.() ?? 1);
        history.losses.push(loss);
        checkConvergence(history.losses, epoch, startRate);
        if (optimizer.learningRate > 0) stepper.update();
        average?.update(history.losses.length);
        dataSum += dataLoss;
        regSum += regLoss;
        yield { type: "step", step: history.losses.length, totalSteps, epoch, loss, examples: batch.labels.size };
      }
      checkParameters(model, epoch, history.losses.length, startRate);
      const onVal = evaluate(evaluated, val);
      const record: EpochRecord = {
        epoch,
        loss: (dataSum + regSum) / stepsPerEpoch,
        dataLoss: dataSum / stepsPerEpoch,
        regLoss: regSum / stepsPerEpoch,
        trainAccuracy: evaluate(evaluated, measured).accuracy,
        valAccuracy: onVal.accuracy,
        valLoss: onVal.loss,
        learningRate: optimizer.learningRate,
        seconds: (performance.now() - started) / 1000,
      };
      history.epochs.push(record);
      yield { type: "evaluated", record, onVal };
    }
  } finally {
    optimizer.learningRate = startRate;
    history.losses.length = history.epochs.length * stepsPerEpoch; // a started epoch leaves no trace in the history
  }
}

/** Whether the best epoch is `patience` epochs old. */
function isOver(history: History, patience: number): boolean {
  return patience > 0 && history.epochs.length - (bestEpoch(history)?.epoch ?? 0) >= patience;
}

/** The last update of an epoch shows in no loss. */
function checkParameters(model: Classifier, epoch: number, step: number, learningRate: number): void {
  for (const [name, w] of Object.entries(model.parameters()))
    if (!Number.isFinite(kernels().sumSquares(w.data)))
      throw diverged(`${name} became infinite or NaN`, step, epoch, learningRate);
}

/** Diverged: not finite, or past a hundred times the first loss (1 where that was less). */
export function checkConvergence(losses: readonly number[], epoch: number, learningRate: number): void {
  const [first, loss] = [losses[0]!, losses.at(-1)!];
  if (Number.isFinite(loss) && loss <= 100 * Math.max(first, 1)) return;
  const what = Number.isFinite(loss) ? `grew to ${loss.toPrecision(4)} from ${first.toPrecision(4)}` : `became ${loss}`;
  throw diverged(`the loss ${what}`, losses.length, epoch, learningRate);
}

function diverged(what: string, step: number, epoch: number, learningRate: number): DivergenceError {
  return new DivergenceError(
    `train: ${what} at step ${step} (epoch ${epoch}) with learning rate ${learningRate}; ` +
      `try a learning rate of ${Number((learningRate / 10).toPrecision(2))}, a smaller weight scale, or less momentum`,
  );
}

/** Waits for one turn of the event loop when the last one was a tenth of a second ago. */
function turnOfTheEventLoop(): () => Promise<void> | undefined {
  let last = performance.now();
  return () => {
    if (performance.now() - last < 100) return undefined;
    return new Promise((resolve) =>
      setTimeout(() => {
        last = performance.now();
        resolve();
      }, 0),
    );
  };
}
