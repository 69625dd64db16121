import { describe, expect, test } from "vitest";
import { type Examples, tensorExamples } from "../data/index.ts";
import { LinearClassifier, TwoLayerNet } from "../models/index.ts";
import { SGD, schedules } from "../optim/index.ts";
import { createRng, randn, type Tensor, tensor } from "../tensor/index.ts";
import reference from "./fixtures/training-steps.json" with { type: "json" };
import { accuracy, evaluate, historyToCsv, train, trainingStep } from "./index.ts";
import { checkModels, gradcheckModel } from "./model-checks.ts";
import { checkConvergence } from "./train.ts";

const float64 = (values: Parameters<typeof tensor>[0]): Tensor<"float64"> => tensor(values, { dtype: "float64" });

function randomExamples(count: number, dim: number, classes: number, seed: number): Examples {
  const rng = createRng(seed);
  const x = randn([count, dim], { rng });
  return tensorExamples(
    x,
    Int32Array.from({ length: count }, () => rng.integer(0, classes - 1)),
  );
}

describe(`three momentum steps in NumPy ${reference.numpy}`, () => {
  const sizes = { inputDim: 5, hiddenDim: 4, numClasses: 3, rng: createRng(0), dtype: "float64" } as const;
  const net = new TwoLayerNet(sizes);
  const parameters: Record<string, Tensor<"float64">> = net.parameters();
  for (const [name, values] of Object.entries(reference.start)) parameters[name]!.data.set(float64(values).data);
  const { learningRate, momentum, reg } = reference;
  const sgd = new SGD(parameters, { learningRate, momentum });

  test("losses, gradients and final weights agree to 1e-12", () => {
    for (const [step, expected] of reference.losses.entries()) {
      const { loss, dataLoss, regLoss, grads } = trainingStep(net, float64(reference.x), reference.labels, reg);
      expect(Math.abs(loss - expected)).toBeLessThan(1e-12);
      expect(dataLoss + regLoss).toBe(loss);
      if (step === 0)
        for (const [name, values] of Object.entries(reference.firstGrads))
          float64(values).data.forEach((g, i) => expect(Math.abs(grads[name]!.data[i]! - g)).toBeLessThan(1e-12));
      sgd.step(grads);
    }
    for (const [name, values] of Object.entries(reference.end))
      float64(values).data.forEach((w, i) => expect(Math.abs(parameters[name]!.data[i]! - w)).toBeLessThan(1e-12));
  });
});

describe("trainingStep", () => {
  test("the first loss of small weights is near ln C, and biases are not regularized", () => {
    const model = new TwoLayerNet({ inputDim: 20, hiddenDim: 8, numClasses: 10, weightScale: 1e-3, rng: createRng(1) });
    model.b1.data.fill(0.5);
    const { x, labels } = randomExamples(30, 20, 10, 2).batch(Int32Array.from({ length: 30 }, (_, i) => i));
    const plain = trainingStep(model, x, labels, 0);
    expect(plain.loss).toBeCloseTo(Math.log(10), 2);
    expect(plain.regLoss).toBe(0);
    const regularized = trainingStep(model, x, labels, 10);
    const squares = [...model.W1.data, ...model.W2.data].reduce((sum, w) => sum + w * w, 0);
    expect(regularized.regLoss).toBeCloseTo(5 * squares, 10);
    expect([...regularized.grads.b1!.data]).toEqual([...plain.grads.b1!.data]);
    expect([...regularized.grads.W2!.data]).not.toEqual([...plain.grads.W2!.data]);
  });

  test("every parameter of both models passes the gradient check at three points", () => {
    for (let seed = 0; seed < 3; seed++)
      for (const { name, report } of checkModels(createRng(seed)))
        expect({ name, failed: report.inputs.filter((input) => !input.passed) }).toEqual({ name, failed: [] });
  });

  test("a planted bug in a model's backward is caught", () => {
    class Forgetful extends LinearClassifier<"float64"> {
      override backward(...args: Parameters<LinearClassifier<"float64">["backward"]>) {
        const grads = super.backward(...args);
        grads.b!.data[1] = 0;
        return grads;
      }
    }
    const model = new Forgetful({ inputDim: 3, numClasses: 2, rng: createRng(1), dtype: "float64" });
    const x = randn([4, 3], { rng: createRng(2), dtype: "float64" });
    const report = gradcheckModel(model, x, [0, 1, 1, 1], 0.1);
    expect(report.passed).toBe(false);
    expect(report.inputs.find((input) => !input.passed)).toMatchObject({ name: "b", at: [1], analytic: 0 });
  });
});

describe("train", () => {
  const setUp = (seed = 1) => {
    const model = new TwoLayerNet({ inputDim: 10, hiddenDim: 32, numClasses: 4, rng: createRng(seed) });
    const optimizer = new SGD(model.parameters(), { learningRate: 0.1, momentum: 0.9 });
    const examples = randomExamples(20, 10, 4, 3);
    return { model, optimizer, train: examples, val: examples, batchSize: 7, reg: 0, rng: createRng(seed) };
  };

  test("twenty random examples are learnt by heart", async () => {
    const options = setUp();
    const history = await train({ ...options, epochs: 80 });
    expect(history.epochs.at(-1)).toMatchObject({ epoch: 80, trainAccuracy: 1, valAccuracy: 1 });
    expect(history.losses.at(-1)).toBeLessThan(0.05);
    expect(history.losses.length).toBe(80 * 3); // 7 + 7 + 6
  });

  test("the same seed gives the same losses to the last bit, another seed others", async () => {
    const [a, b, c] = await Promise.all([1, 1, 2].map((seed) => train({ ...setUp(seed), epochs: 3 })));
    expect(a!.losses).toEqual(b!.losses);
    expect(a!.losses).not.toEqual(c!.losses);
  });

  test("a subclass with a backward of its own has it called", async () => {
    let calls = 0;
    class Mine extends TwoLayerNet {
      override backward(...args: Parameters<TwoLayerNet["backward"]>) {
        calls++;
        return super.backward(...args);
      }
    }
    const model = new Mine({ inputDim: 10, hiddenDim: 4, numClasses: 4, rng: createRng(1) });
    const optimizer = new SGD(model.parameters(), { learningRate: 0.1 });
    await train({ ...setUp(), model, optimizer, epochs: 2 });
    expect(calls).toBe(6);
  });

  test("stopped in an epoch, the history ends with the last whole one and the learning rate is as it was", async () => {
    const options = setUp();
    const controller = new AbortController();
    const history = { stepsPerEpoch: 3, losses: [], epochs: [] };
    const onStep = ({ step }: { step: number }): void => {
      if (step === 5) controller.abort();
    };
    const schedule = schedules.linear;
    await expect(
      train({ ...options, history, epochs: 9, schedule, signal: controller.signal, onStep }),
    ).rejects.toThrow();
    expect([history.losses.length, history.epochs.length]).toEqual([3, 1]);
    expect(options.optimizer.learningRate).toBe(0.1);
  });

  test("weights that turn infinite in the last step of an epoch are noticed before they are saved", async () => {
    const options = setUp();
    options.optimizer.learningRate = 1e39;
    const saved: number[] = [];
    const run = train({ ...options, batchSize: 20, epochs: 1, onEpoch: ({ epoch }) => void saved.push(epoch) });
    await expect(run).rejects.toThrow(
      /^train: \w+ became infinite or NaN at step 1 \(epoch 1\) with learning rate 1e\+39/,
    );
    expect(saved).toEqual([]);
  });

  test("an aborted signal stops between two steps", async () => {
    const controller = new AbortController();
    let steps = 0;
    const stopped = train({
      ...setUp(),
      epochs: 10,
      signal: controller.signal,
      onStep: () => {
        if (++steps === 5) controller.abort();
      },
    });
    await expect(stopped).rejects.toThrow("aborted");
    expect(steps).toBe(5);
  });

  test("a loss that explodes stops with the step, the learning rate and what to try", async () => {
    const options = setUp();
    options.optimizer.learningRate = 1e4;
    await expect(train({ ...options, epochs: 10 })).rejects.toThrow(
      /^train: the loss (grew to|became) .* at step \d+ \(epoch 1\) with learning rate 10000; try a learning rate of 1000/,
    );
  });

  test("the schedule scales the learning rate, which is put back at the end", async () => {
    const options = setUp();
    const rates: number[] = [];
    await train({
      ...options,
      epochs: 2,
      schedule: schedules.linear,
      onStep: () => rates.push(options.optimizer.learningRate),
    });
    rates.forEach((rate, i) => expect(rate).toBeCloseTo(0.1 * (1 - i / 6), 14));
    expect(options.optimizer.learningRate).toBe(0.1);
  });
});

test("accuracy and confusion by hand", () => {
  expect(accuracy([1, 2, 0, 0], [1, 2, 1, 0])).toBe(0.75);
  expect(() => accuracy([1], [1, 2])).toThrow("accuracy: expected 1 labels, got 2");
  const model = new LinearClassifier({ inputDim: 2, numClasses: 2, weightScale: 0, rng: createRng(1) });
  model.W.data.set([1, 0, 0, 1]); // takes the larger of two numbers
  const x = tensor([
    [2, 1],
    [1, 2],
    [3, 0],
  ]);
  expect(evaluate(model, tensorExamples(x, [0, 0, 0]))).toEqual({
    accuracy: 2 / 3,
    confusion: [
      [2, 1],
      [0, 0],
    ],
    perClass: [2 / 3, Number.NaN],
    loss: expect.any(Number),
  });
});

test("the history as CSV", () => {
  const losses = { loss: 2.5, dataLoss: 2, regLoss: 0.5, valLoss: 1.5 };
  const record = { epoch: 1, ...losses, trainAccuracy: 0.5, valAccuracy: 0.25, learningRate: 0.1, seconds: 3 };
  expect(historyToCsv({ stepsPerEpoch: 1, losses: [2.5], epochs: [record] })).toBe(
    "epoch,loss,data_loss,reg_loss,val_loss,train_accuracy,val_accuracy,learning_rate,seconds\n1,2.5,2,0.5,1.5,0.5,0.25,0.1,3\n",
  );
});

test("every example is evaluated, the last smaller batch included", () => {
  const model = new LinearClassifier({ inputDim: 1, numClasses: 2, weightScale: 0, rng: createRng(1) });
  model.W.data.set([1, 0]); // class 0 for positive numbers
  const x = tensor(
    Array.from({ length: 1203 }, (_, i) => (i < 1200 ? 1 : -1)),
    { shape: [1203, 1] },
  );
  const { accuracy, confusion } = evaluate(model, tensorExamples(x, new Int32Array(1203)));
  expect(confusion).toEqual([
    [1200, 3],
    [0, 0],
  ]);
  expect(accuracy).toBe(1200 / 1203);
});

test("train accuracy is that of the training examples, val accuracy that of the others", async () => {
  const model = new LinearClassifier({ inputDim: 1, numClasses: 2, weightScale: 0, rng: createRng(1) });
  model.W.data.set([1, -1]);
  const optimizer = new SGD(model.parameters(), { learningRate: 1e-9 });
  const ones = tensor([[1], [1], [1], [1]]);
  const run = { model, optimizer, epochs: 1, batchSize: 2, reg: 0, rng: createRng(1) };
  const [train_, val] = [tensorExamples(ones, [0, 0, 0, 1]), tensorExamples(ones, [1, 1, 0, 1])];
  const { epochs } = await train({ ...run, train: train_, val });
  expect(epochs[0]).toMatchObject({ trainAccuracy: 0.75, valAccuracy: 0.25 });
  const few = await train({ ...run, train: train_, val, trainAccuracyExamples: 3 });
  expect(few.epochs[0]).toMatchObject({ trainAccuracy: 1, valAccuracy: 0.25 });
});

test("a loss may grow a hundredfold, from 1 where it started lower, and no further", () => {
  const check = (...losses: number[]) => checkConvergence(losses, 1, 0.1);
  expect(() => check(2, 199)).not.toThrow();
  expect(() => check(2, 201)).toThrow("the loss grew to 201.0 from 2.000 at step 2 (epoch 1) with learning rate 0.1");
  expect(() => check(0.01, 99)).not.toThrow();
  expect(() => check(0.01, 101)).toThrow("grew to 101.0");
  for (const loss of [Number.NaN, Infinity]) expect(() => check(2, loss)).toThrow(`the loss became ${loss}`);
});
