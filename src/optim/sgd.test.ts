import { expect, test } from "vitest";
import { tensor, zeros } from "../tensor/index.ts";
import { SGD } from "./index.ts";

const start = () => ({ w: tensor([1, -2], { dtype: "float64" }) });
const grads = { w: tensor([0.5, 4], { dtype: "float64" }) };

test("plain: w − rate · grad", () => {
  const parameters = start();
  new SGD(parameters, { learningRate: 0.1 }).step(grads);
  expect([...parameters.w.data]).toEqual([1 - 0.05, -2 - 0.4]);
});

test("momentum, two steps by hand", () => {
  const parameters = start();
  const sgd = new SGD(parameters, { learningRate: 0.1, momentum: 0.5 });
  sgd.step(grads); // velocity (0.5, 4)
  sgd.step(grads); // velocity (0.75, 6)
  expect(parameters.w.data[0]).toBeCloseTo(1 - 0.1 * (0.5 + 0.75), 14);
  expect(parameters.w.data[1]).toBeCloseTo(-2 - 0.1 * (4 + 6), 14);
});

test("nesterov, two steps by hand", () => {
  const parameters = start();
  const sgd = new SGD(parameters, { learningRate: 0.1, momentum: 0.5, nesterov: true });
  sgd.step(grads); // looks ahead: 0.5·0.5 + 0.5 = 0.75
  sgd.step(grads); // 0.5·0.75 + 0.5 = 0.875
  expect(parameters.w.data[0]).toBeCloseTo(1 - 0.1 * (0.75 + 0.875), 14);
});

test("state taken and given back goes on as if nothing had happened", () => {
  const [whole, halves] = [start(), start()];
  const settings = { learningRate: 0.1, momentum: 0.9 };
  const sgd = new SGD(whole, settings);
  for (let i = 0; i < 4; i++) sgd.step(grads);
  const first = new SGD(halves, settings);
  for (let i = 0; i < 2; i++) first.step(grads);
  const second = new SGD(halves, settings);
  second.restore(first.state());
  for (let i = 0; i < 2; i++) second.step(grads);
  expect([...halves.w.data]).toEqual([...whole.w.data]);
});

test.each([
  [{ learningRate: -0.1 }, "sgd: expected learningRate > 0, got -0.1"],
  [{ learningRate: Number.NaN }, "sgd: expected learningRate > 0, got NaN"],
  [{ learningRate: 0.1, momentum: 1 }, "sgd: expected momentum from 0 to below 1, got 1"],
  [{ learningRate: 0.1, nesterov: true }, "sgd: expected momentum > 0 with nesterov, got 0"],
])("%o is refused", (settings, message) => {
  expect(() => new SGD(start(), settings)).toThrow(message);
});

test("a missing or misshapen gradient is refused before anything moves", () => {
  const parameters = { a: zeros([2]), b: zeros([3]) };
  const sgd = new SGD(parameters, { learningRate: 1 });
  expect(() => sgd.step({ a: tensor([1, 1]) })).toThrow("sgd: expected a gradient for b, got a");
  expect(() => sgd.step({ a: tensor([1, 1]), b: tensor([1]) })).toThrow(
    "sgd: expected a gradient of shape (3) for b, got (1)",
  );
  expect([...parameters.a.data]).toEqual([0, 0]);
});
