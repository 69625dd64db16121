import { describe, expect, test } from "vitest";
import { shapesDataset } from "../data/index.ts";
import { FormatError } from "../errors.ts";
import { type Classifier, formatSafetensors, parseSafetensors } from "../models/index.ts";
import { schedules } from "../optim/index.ts";
import { tensor } from "../tensor/index.ts";
import { checkCheckpointSize } from "./checkpoint.ts";
import {
  bestEpoch,
  copyParameters,
  evaluatedModel,
  formatCheckpoint,
  parseCheckpoint,
  presets,
  resumeRun,
  startRun,
  train,
} from "./index.ts";

const dataset = shapesDataset({ seed: 442, numTrain: 60, numTest: 10, size: 8 });
const settings = { ...presets.tuned, numTrain: 40, numVal: 20, hiddenDims: [5], batchSize: 16, epochs: 4 };
const trainRun = (run: ReturnType<typeof startRun>, epochs: number) =>
  train({ ...run, epochs, batchSize: settings.batchSize, reg: settings.reg, schedule: schedules.constant });

describe("checkpoint", () => {
  test("holds the best epoch's weights, the last ones, and all that resuming needs", async () => {
    const run = startRun(dataset, settings);
    await trainRun(run, 2);
    run.history.epochs[0] = { ...run.history.epochs[0]!, valAccuracy: 0.9 };
    run.history.epochs[1] = { ...run.history.epochs[1]!, valAccuracy: 0.1 };
    const best = copyParameters(run.model);
    best.b2!.data.fill(7); // as if epoch 1 had ended with other weights
    const back = parseCheckpoint(formatCheckpoint(run, best));

    expect([...back.model.parameters().b2!.data]).toEqual(Array(10).fill(7));
    expect(back.last).toEqual(run.model.parameters());
    expect(back.average).toEqual(run.average!.model.parameters());
    expect(back).toMatchObject({
      settings,
      dataset: { name: "shapes", folder: null, trainCount: 60 },
      epoch: 2,
      image: { channels: 3, height: 8, width: 8 },
    });
    expect(back.normalization).toEqual(run.normalization);
    expect(back.classNames).toEqual(dataset.classNames);
    expect(back.history).toEqual(run.history);
  });

  test.each([
    0, 0.9,
  ])("resumed after every epoch, a run ends with the weights of one that was never stopped (average %d)", async (averageDecay) => {
    const start = () => startRun(dataset, { ...settings, averageDecay });
    const whole = start();
    await trainRun(whole, 4);
    let run = start();
    let best = copyParameters(evaluatedModel(run));
    for (let epoch = 1; epoch <= 4; epoch++) {
      await trainRun(run, epoch);
      if (bestEpoch(run.history)!.epoch === epoch) best = copyParameters(evaluatedModel(run));
      const checkpoint = parseCheckpoint(formatCheckpoint(run, best));
      expect(checkpoint.model.parameters()).toEqual(best);
      run = resumeRun(start(), checkpoint);
    }
    expect(copyParameters(run.model)).toEqual(copyParameters(whole.model));
    expect(copyParameters(evaluatedModel(run))).toEqual(copyParameters(evaluatedModel(whole)));
    expect(evaluatedModel(run) === run.model).toBe(averageDecay === 0);
    expect(run.history.losses).toEqual(whole.history.losses);
  });

  test("one from before there were averages is read as having none", async () => {
    const run = startRun(dataset, { ...settings, averageDecay: 0 });
    await trainRun(run, 1);
    const file = parseSafetensors(formatCheckpoint(run, copyParameters(run.model)));
    const { averageDecay, ...older } = JSON.parse(file.metadata.settings!);
    expect(averageDecay).toBe(0);
    const metadata = { ...file.metadata, settings: JSON.stringify(older) };
    expect(parseCheckpoint(formatSafetensors({ ...file, metadata })).settings).toEqual(run.settings);
  });

  test("metadata that contradicts itself or the weights is an error", async () => {
    const run = startRun(dataset, settings);
    await trainRun(run, 1);
    const file = parseSafetensors(formatCheckpoint(run, copyParameters(run.model)));
    const change = (metadata: Record<string, unknown>): Uint8Array =>
      formatSafetensors({
        tensors: file.tensors,
        metadata: {
          ...file.metadata,
          ...Object.fromEntries(Object.entries(metadata).map(([name, value]) => [name, JSON.stringify(value)])),
        },
      });
    const wrong: [Record<string, unknown>, RegExp][] = [
      [{ epoch: 3 }, /expected epoch 1, as many as history records, got 3/],
      [{ mean: [0, 0] }, /expected mean and std > 0 of 3 channels/],
      [{ std: [1, 0, 1] }, /expected mean and std > 0 of 3 channels/],
      [{ classNames: ["one"] }, /expected 10 class names/],
      [{ classNames: Array(10).fill(3) }, /expected 10 class names/],
      [{ image: null }, /expected an image size of 192 numbers, got null/],
      [{ rng: [1, 2] }, /expected rng to be four 32-bit whole numbers/],
      [{ history: { stepsPerEpoch: 3, epochs: [] } }, /expected a history/],
      [{ history: { stepsPerEpoch: 3, epochs: [{ epoch: 1 }] } }, /expected a history/],
      [{ rng: [0, 0, 0, 0] }, /four 32-bit whole numbers, not all zero/],
      [
        { settings: { ...settings, hiddenDims: [4] } },
        /expected hiddenDims \[5\] in the settings, as in the model, got \[4\]/,
      ],
      [{ dataset: "shapes" }, /expected dataset to have a name/],
      [{ settings: { ...settings, epochs: -1 } }, /train: expected epochs to be a whole number >= 1, got -1/],
      [{ settings: null }, /expected numTrain/],
      [{ settings: { ...settings, averageDecay: "0.9" } }, /expected averageDecay from 0 to below 1, got "0.9"/],
      [{ settings: { ...settings, momentum: [0.5] } }, /expected momentum from 0 to below 1, got \[0.5\]/],
    ];
    for (const [metadata, message] of wrong) {
      expect(() => parseCheckpoint(change(metadata))).toThrow(FormatError);
      expect(() => parseCheckpoint(change(metadata))).toThrow(message);
    }
    const { "last.W1": _, ...tensors } = file.tensors;
    expect(() => parseCheckpoint(formatSafetensors({ ...file, tensors }))).toThrow("expected a tensor last.W1");
    const text = formatSafetensors({ tensors: file.tensors, metadata: { ...file.metadata, rng: "{" } });
    expect(() => parseCheckpoint(text)).toThrow('parseCheckpoint: expected JSON in metadata rng, got "{"');
  });

  test("whatever the metadata holds, the error is ours, short, and starts with the file's name", async () => {
    const run = startRun(dataset, settings);
    await trainRun(run, 1);
    const file = parseSafetensors(formatCheckpoint(run, copyParameters(run.model)));
    const nested = "[".repeat(50_000) + "]".repeat(50_000);
    const values = [
      "null",
      "7",
      '"x"',
      "[]",
      "{}",
      "[{}]",
      '{"toString":1,"valueOf":2}',
      '{"__proto__":{"numbers":1}}',
      nested,
    ];
    const unread = ["seed"];
    for (const name of Object.keys(file.metadata).filter((name) => !unread.includes(name)))
      for (const value of values) {
        const bytes = formatSafetensors({ ...file, metadata: { ...file.metadata, [name]: value } });
        if (name === "kernels" && value === '"x"') continue; // may have any name
        const attempt = (): unknown => parseCheckpoint(bytes, "dog.safetensors");
        expect(attempt, `${name} ${value.slice(0, 40)}`).toThrow(FormatError);
        expect(attempt).toThrow(/^dog.safetensors: .{5,200}$/);
      }
  });

  test("the same checkpoint resumed twice gives the same run twice", async () => {
    const first = startRun(dataset, settings);
    await trainRun(first, 1);
    const checkpoint = parseCheckpoint(formatCheckpoint(first, copyParameters(first.model)));
    const losses: (readonly number[])[] = [];
    for (const _ of [1, 2]) {
      const run = resumeRun(startRun(dataset, settings), checkpoint);
      await trainRun(run, 2);
      losses.push(run.history.losses);
    }
    expect(losses[1]).toEqual(losses[0]);
    expect(checkpoint.history.losses).toEqual(first.history.losses);
  });

  test("what the optimizer remembers must fit, or the error names the file", async () => {
    const run = startRun(dataset, settings);
    await trainRun(run, 1);
    const file = parseSafetensors(formatCheckpoint(run, copyParameters(run.model)));
    for (const velocity of [undefined, tensor([1, 2, 3])]) {
      const { "velocity.b1": _, ...others } = file.tensors;
      const tensors = velocity ? { ...others, "velocity.b1": velocity } : others;
      const checkpoint = parseCheckpoint(formatSafetensors({ ...file, tensors }), "dog.safetensors");
      expect(() => resumeRun(startRun(dataset, settings), checkpoint)).toThrow(
        "dog.safetensors: sgd: expected 5 numbers under velocity.b1 in the state",
      );
    }
  });

  test("a run whose checkpoints nobody could read back is refused before it starts", () => {
    const run = startRun(dataset, settings); // best, last, average and velocity: four times the weights
    checkCheckpointSize(run);
    const large = (bytes: number) =>
      ({ parameters: () => ({ W: { data: { byteLength: bytes } } }) }) as unknown as Classifier;
    const { optimizer } = startRun(dataset, { ...settings, momentum: 0 });
    checkCheckpointSize({ ...run, optimizer, model: large(0.65 * 2 ** 30) });
    expect(() => checkCheckpointSize({ ...run, optimizer, model: large(0.7 * 2 ** 30) })).toThrow(
      "train: expected checkpoints below 2 GiB, got 2.1 GiB for 187904819.2 parameters; choose smaller hiddenDims",
    );
    const epochs = 1e8; // three steps of eight bytes each
    expect(() => checkCheckpointSize({ ...run, settings: { ...settings, epochs } })).toThrow("got 2.2 GiB");
  });
});
