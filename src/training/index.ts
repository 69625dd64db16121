export { type Checkpoint, copyParameters, formatCheckpoint, parseCheckpoint, resumeRun } from "./checkpoint.ts";
export { accuracy, type Evaluation, evaluate } from "./evaluation.ts";
export { type Examples, firstExamples, imageExamples } from "./examples.ts";
export { bestEpoch, type EpochRecord, type History, historyToCsv } from "./history.ts";
export { checkDatasetFits, type Run, startRun } from "./run.ts";
export { checkSettings, type PresetName, presets, type TrainSettings } from "./settings.ts";
export { DivergenceError, type StepEvent, type TrainOptions, train } from "./train.ts";
export { type StepResult, trainingStep } from "./training-step.ts";
