import fc from "fast-check";
import { expect, test } from "vitest";
import { createRng, Tensor, tensor } from "../tensor/index.ts";
import { tensorExamples } from "./examples.ts";
import { batches, DataSampler } from "./sampler.ts";

test("an epoch holds every example once, in full batches but the last", () => {
  fc.assert(
    fc.property(fc.nat(50), fc.integer({ min: 1, max: 60 }), fc.nat(), (count, batchSize, seed) => {
      const numbers = Int32Array.from({ length: count }, (_, i) => i);
      const examples = tensorExamples(new Tensor(numbers, [count], "int32"), numbers);
      const epoch = [...batches(examples, { batchSize, rng: createRng(seed) })];
      expect(epoch.flatMap(({ x }) => [...x.data]).sort((a, b) => a - b)).toEqual([...numbers]);
      expect(epoch.length).toBe(Math.ceil(count / batchSize));
      expect(epoch.slice(0, -1).every(({ labels }) => labels.size === batchSize)).toBe(true);
    }),
  );
});

const x = tensor([
  [0, 0.5],
  [1, 1.5],
  [2, 2.5],
  [3, 3.5],
  [4, 4.5],
]);
const labels = tensor([0, 10, 20, 30, 40], { dtype: "int32" });

test("examples keep their labels, and every epoch has a new order", () => {
  const sampler = new DataSampler(x, labels, { batchSize: 2, rng: createRng(7) });
  const epoch = (): number[] => {
    const order: number[] = [];
    for (const batch of sampler) {
      expect(batch.x.shape).toEqual([batch.labels.size, 2]);
      for (let i = 0; i < batch.labels.size; i++) {
        const [first, second] = [batch.x.at(i, 0), batch.x.at(i, 1)];
        expect([10 * first, first + 0.5]).toEqual([batch.labels.at(i), second]);
        order.push(first);
      }
    }
    return order;
  };
  const [one, two] = [epoch(), epoch()];
  expect(sampler.length).toBe(3);
  expect(one).not.toEqual(two);
  expect([...one].sort()).toEqual([0, 1, 2, 3, 4]);
  expect([...two].sort()).toEqual([0, 1, 2, 3, 4]);
});

test("the same seed gives the same batches", () => {
  const run = (): number[][] =>
    [...new DataSampler(x, labels, { batchSize: 3, rng: createRng(5) })].map((batch) => [...batch.x.data]);
  expect(run()).toEqual(run());
});

test("takes labels of any kind and examples of any dtype", () => {
  const images: Tensor<"uint8"> = tensor([1, 2], { shape: [2, 1, 1, 1], dtype: "uint8" });
  for (const kind of [[1, 2], Uint8Array.of(1, 2), Int32Array.of(1, 2), tensor([1, 2], { dtype: "int32" })])
    for (const batch of new DataSampler(images, kind, { batchSize: 5, rng: createRng(1) })) {
      expect([batch.x.dtype, batch.x.shape]).toEqual(["uint8", [2, 1, 1, 1]]);
      expect([...batch.labels.data]).toEqual([...batch.x.data]);
    }
});

test("sizes that do not fit are refused", () => {
  const rng = createRng(1);
  expect(() => new DataSampler(x, labels, { batchSize: 0, rng })).toThrow("batchSize to be a whole number >= 1, got 0");
  expect(() => new DataSampler(x, Int32Array.of(1), { batchSize: 1, rng })).toThrow("(N) with N=5, got (1)");
});
