/** The worker: a training session behind messages. */
import { type Dataset, imageLength, preprocessedExamples, shapesDataset } from "../../src/data/index.ts";
import { kernels } from "../../src/kernels/index.ts";
import { softmax } from "../../src/layers/index.ts";
import { highest } from "../../src/models/index.ts";
import {
  checkDatasetFits,
  type Evaluation,
  evaluatedModel,
  evaluationRows,
  inspectLayers,
  mostWrong,
  parseCheckpoint,
  type Run,
  settingsFor,
  trainingSession,
} from "../../src/training/index.ts";
import { readDataset } from "./datasets.ts";
import { explain } from "./explain.ts";
import type { DataSource, EpochView, FromWorker, Picture, ToWorker } from "./protocol.ts";

const send = (message: FromWorker): void => postMessage(message);

let dataset: Dataset | undefined;
let isShapes = false;
let run: Run | undefined;
let abort: AbortController | undefined;
let paused: { readonly until: Promise<void>; readonly go: () => void } | undefined;
let factor = 1;
let shown: Uint8Array | undefined; // the image that is being explained

addEventListener("message", ({ data }: MessageEvent<ToWorker>) => {
  handle(data).catch((error: unknown) =>
    send({ type: "failed", during: data.type, message: error instanceof Error ? error.message : String(error) }),
  );
});

async function handle(message: ToWorker): Promise<void> {
  switch (message.type) {
    case "open":
      return open(message.source);
    case "train":
      return train(message);
    case "pause":
      return pause(message.paused);
    case "rate":
      factor = message.factor;
      return;
    case "stop":
      pause(false);
      abort?.abort();
      return;
    case "cell":
      return showCell(message.label, message.predicted);
    case "classify":
      return classify(message.image);
    case "explain":
      return explainShown(message.label, message.unit);
  }
}

async function open(source: DataSource): Promise<void> {
  const { dataset: found, unreadable } = await read(source);
  dataset = found;
  isShapes = source.kind === "shapes";
  run = undefined;
  const { name, classNames, channels, height, width, train, test } = found;
  send({
    type: "opened",
    dataset: {
      ...{ name, classNames, trainCount: train.count, testCount: test.count, unreadable },
      size: { channels, height, width },
    },
  });
}

async function read(source: DataSource): Promise<{ dataset: Dataset; unreadable: readonly string[] }> {
  const onProgress = (share: number): void => send({ type: "preparing", what: "reading images", share });
  if (source.kind === "shapes") return { dataset: shapesDataset(), unreadable: [] };
  if (source.kind === "files")
    return readDataset(
      source.files.map(({ path, file }) => ({ path, bytes: async () => new Uint8Array(await file.arrayBuffer()) })),
      onProgress,
    );
  const get = async (name: string): Promise<Uint8Array> => {
    const response = await fetch(
      new URL(`/data/${encodeURIComponent(source.name)}/${encodeURIComponent(name)}`, location.origin),
    );
    if (!response.ok) throw new Error(`${source.name}: ${name} could not be read (${response.status})`);
    return new Uint8Array(await response.arrayBuffer());
  };
  return readDataset(
    source.files.map(({ name }) => ({ path: name, bytes: () => get(name) })),
    onProgress,
  );
}

async function train(message: Extract<ToWorker, { type: "train" }>): Promise<void> {
  if (abort) throw new Error("a run is under way: stop it first");
  abort = new AbortController();
  try {
    await trainToTheEnd(message);
  } finally {
    abort = undefined;
  }
}

async function trainToTheEnd({ settings, resume }: Extract<ToWorker, { type: "train" }>): Promise<void> {
  if (!dataset) throw new Error("choose images first");
  factor = 1;
  const checkpoint = resume && parseCheckpoint(resume);
  if (isShapes) dataset = shapesDataset({ seed: (checkpoint?.settings ?? settings).seed }); // as the command does
  if (checkpoint) checkDatasetFits(dataset, checkpoint);
  const wanted = checkpoint ? { ...checkpoint.settings, epochs: settings.epochs } : settingsFor(dataset, settings);
  await new Promise((turn) => setTimeout(turn)); // helper threads start on the next turn
  const session = trainingSession(dataset, wanted, {
    resume: checkpoint,
    signal: abort!.signal,
    rateFactor: () => factor,
    save: (bytes) => send({ type: "saved", checkpoint: bytes, epoch: run!.history.epochs.length }),
    onPreparing: (what, share) => send({ type: "preparing", what, share }),
  });
  let [losses, examples, since]: [number[], number, number] = [[], 0, performance.now()];
  const flush = (): void => {
    const seconds = (performance.now() - since) / 1000;
    if (losses.length > 0)
      send({ type: "steps", losses: Float32Array.from(losses), examplesPerSecond: examples / seconds });
    [losses, examples, since] = [[], 0, performance.now()];
  };
  for await (const event of session) {
    if (event.type === "started") {
      run = event.run;
      const { history } = run;
      send({
        ...{ type: "started", settings: run.settings, kernels: kernels().description },
        ...{
          stepsPerEpoch: history.stepsPerEpoch,
          losses: Float32Array.from(history.losses),
          epochs: [...history.epochs],
        },
      });
      since = performance.now();
    } else if (event.type === "step") {
      losses.push(event.loss);
      examples += event.examples;
      if (performance.now() - since > 200) flush();
      if (paused) {
        flush();
        await paused.until;
        since = performance.now();
      }
    } else if (event.type === "evaluated") {
      flush();
      send({ type: "epoch", record: event.record, view: viewOf(run!, event.onVal) });
      since = performance.now();
    } else if (event.type === "finished") send({ type: "finished", early: event.early });
    else if (event.type === "stopped") send({ type: "stopped", epoch: event.epoch });
  }
}

function pause(wanted: boolean): void {
  if (wanted === (paused !== undefined)) return;
  if (!wanted) {
    paused?.go();
    paused = undefined;
    return;
  }
  let go = (): void => {};
  const until = new Promise<void>((resolve) => {
    go = resolve;
  });
  paused = { until, go };
}

const mostUnits = 60;

function viewOf(now: Run, { confusion }: Evaluation): EpochView {
  const model = evaluatedModel(now);
  const { val, image, whitening } = now;
  const rows = Int32Array.from({ length: Math.min(200, val.count) }, (_, i) => i);
  const first = model.parameters().W1 ?? model.parameters().W ?? model.parameters().w1;
  const isPixels = !whitening && first?.shape[0] === imageLength(image);
  return {
    weights: isPixels ? unitsOf(first!) : undefined,
    layers: rows.length > 0 ? inspectLayers(model, val.batch(rows)) : [],
    confusion,
    mistakes: mostWrong(model, val, 18).map(({ row, label, predicted, probs }) => ({
      image: valImage(row),
      text: `${now.classNames[predicted]} ${Math.round(100 * probs[predicted]!)}%, not ${now.classNames[label]}`,
    })),
  };
}

function unitsOf({
  shape,
  data,
}: {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}): Float32Array[] {
  const [D = 0, M = 0] = shape;
  return Array.from({ length: Math.min(M, mostUnits) }, (_, j) =>
    Float32Array.from({ length: D }, (_, d) => data[d * M + j]!),
  );
}

function valImage(row: number): Uint8Array {
  const D = imageLength(run!.image);
  const at = run!.split.val[row]! * D;
  return dataset!.train.images.slice(at, at + D);
}

async function showCell(label: number, predicted: number): Promise<void> {
  if (!run) return;
  const { val } = run;
  const model = evaluatedModel(run);
  const pictures: Picture[] = [];
  for (const rows of evaluationRows(val)) {
    if (pictures.length >= 36) break;
    const { x, labels } = val.batch(rows);
    const probs = softmax(model.forward(x)[0]);
    highest(probs).forEach((found, i) => {
      if (labels.data[i] !== label || found !== predicted || pictures.length >= 36) return;
      pictures.push({ image: valImage(rows[i]!), text: `${Math.round(100 * probs.at(i, predicted))}%` });
    });
  }
  send({ type: "cell", label, predicted, pictures });
}

/** One image as the model sees it. */
function exampleOf(image: Uint8Array) {
  if (!run) throw new Error("train a model first, or open a checkpoint");
  const set = { images: image, labels: Uint8Array.of(0), count: 1 };
  const rows = Int32Array.of(0);
  return preprocessedExamples(set, run.image, rows, run).batch(rows).x;
}

function classify(image: Uint8Array): void {
  const x = exampleOf(image);
  shown = image;
  const [scores] = evaluatedModel(run!).forward(x);
  send({ type: "classified", scores: Float32Array.from(scores.data), probs: Float32Array.from(softmax(scores).data) });
}

function explainShown(label: number, unit: number | undefined): void {
  if (!shown || !run) return;
  send({ type: "explained", explanation: explain(evaluatedModel(run), exampleOf(shown), label, unit, run.image) });
}
