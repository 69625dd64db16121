/** A training session: a run that tells what happens, keeps the best weights, saves itself and can be stopped and resumed. */
import type { Dataset } from "../data/index.ts";
import { type Checkpoint, checkCheckpointSize, copyParameters, formatCheckpoint, resumeRun } from "./checkpoint.ts";
import { bestEpoch, type EpochRecord, type History } from "./history.ts";
import { evaluatedModel, type Run, type StartOptions, startRun } from "./run.ts";
import type { TrainSettings } from "./settings.ts";
import { type EvaluatedEvent, type StepEvent, trainingEvents } from "./train.ts";

export interface SessionOptions extends Pick<StartOptions, "onPreparing"> {
  /** Where to go on; its settings must be those of the session but for `epochs`. Default: start afresh. */
  readonly resume?: Checkpoint | undefined;
  /** Stores the bytes of a checkpoint after every epoch; awaited before the next one starts. */
  readonly save?: (checkpoint: Uint8Array) => unknown;
  /** Train accuracy is measured on this many images at most. Default 5000: within half a percent, at little cost. */
  readonly trainAccuracyExamples?: number;
  readonly signal?: AbortSignal;
  /** Asked at every step: the learning rate is multiplied by it; default 1. A checkpoint does not remember it. */
  readonly rateFactor?: () => number;
}

export type SessionEvent =
  | { readonly type: "started"; readonly run: Run }
  | StepEvent
  | EvaluatedEvent
  | { readonly type: "saved"; readonly record: EpochRecord }
  /** All epochs are done, or `patience` is at its end. */
  | { readonly type: "finished"; readonly history: History; readonly best: EpochRecord; readonly early: boolean }
  | { readonly type: "stopped"; readonly epoch: number }; // finished epochs, all of them saved

/**
 * Trains on a dataset as the settings say. The checkpoint holds the weights (their average, if there is one) of the
 * epoch that did best on the validation images, and what resuming needs.
 *
 *     for await (const event of trainingSession(dataset, presets.tuned, { save })) …
 *
 * Whoever reads the events drives the training; an aborted signal ends it with `stopped`.
 *
 * @throws {SettingError} for settings out of range, or more images asked for than the dataset has; see {@link settingsFor}
 * @throws {DivergenceError} when the loss turns NaN or explodes
 */
export async function* trainingSession(
  dataset: Dataset,
  settings: TrainSettings,
  { resume, save, trainAccuracyExamples = 5000, signal, onPreparing, rateFactor }: SessionOptions = {},
): AsyncGenerator<SessionEvent, void, undefined> {
  const fresh = startRun(dataset, settings, { whitening: resume?.whitening, ...(onPreparing && { onPreparing }) });
  const run = resume ? resumeRun(fresh, resume) : fresh;
  if (save) checkCheckpointSize(run);
  const { history } = run;
  const { epochs, batchSize, reg, clip, labelSmoothing, patience, seed } = settings;
  let best = copyParameters(resume?.model ?? evaluatedModel(run));
  yield { type: "started", run };
  const step = { reg, clip: clip > 0 ? clip : undefined, smoothing: labelSmoothing };
  const options = { ...run, ...step, epochs, batchSize, patience, seed, trainAccuracyExamples };
  try {
    for await (const event of trainingEvents({
      ...options,
      ...(signal && { signal }),
      ...(rateFactor && { rateFactor }),
    })) {
      yield event;
      if (event.type === "step") continue;
      if (bestEpoch(history) === event.record) best = copyParameters(evaluatedModel(run));
      if (!save) continue;
      await save(formatCheckpoint(run, best));
      yield { type: "saved", record: event.record };
    }
  } catch (error) {
    if (!signal?.aborted || error !== signal.reason) throw error;
    yield { type: "stopped", epoch: history.epochs.length };
    return;
  }
  yield { type: "finished", history, best: bestEpoch(history)!, early: history.epochs.length < epochs };
}
