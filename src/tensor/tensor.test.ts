import { expect, test } from "vitest";
import { ShapeError } from "../errors.ts";
import { checkShape, Tensor, tensor, zeros } from "./index.ts";

test("nested arrays become row-major data and come back", () => {
  const x = tensor([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  expect(x.shape).toEqual([2, 3]);
  expect([...x.data]).toEqual([1, 2, 3, 4, 5, 6]);
  expect(x.at(1, 0)).toBe(4);
  expect(x.toArray()).toEqual([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  expect(tensor(7).toArray()).toBe(7);
  expect(
    tensor([
      [[1], [2]],
      [[3], [4]],
    ]).shape,
  ).toEqual([2, 2, 1]);
  expect(tensor([]).toArray()).toEqual([]);
});

test("flat values take a shape; typed arrays are copied", () => {
  const values = Float64Array.of(1, 2, 3, 4);
  const x = tensor(values, { shape: [2, 2], dtype: "float64" });
  values[0] = 9;
  expect(x.toArray()).toEqual([
    [1, 2],
    [3, 4],
  ]);
});

test("rows are a part of the first axis and share the data", () => {
  const x = tensor([
    [1, 2],
    [3, 4],
    [5, 6],
  ]);
  const part = x.rows(1, 3);
  expect(part.toArray()).toEqual([
    [3, 4],
    [5, 6],
  ]);
  part.data[0] = 9;
  expect(x.at(1, 0)).toBe(9);
  expect(x.rows(3, 3).shape).toEqual([0, 2]);
  expect(zeros([0, 2]).rows(0, 0).shape).toEqual([0, 2]);
  for (const [start, end] of [
    [-1, 2],
    [2, 1],
    [0, 4],
    [0.5, 2],
  ])
    expect(() => x.rows(start!, end!)).toThrow(
      new ShapeError(`rows: expected 0 <= start <= end <= 3, got ${start} and ${end}`),
    );
});

test("reshape shares the data, clone does not", () => {
  const x = zeros([2, 3]);
  const flat = x.reshape([6]);
  const copy = x.clone();
  x.data[5] = 1;
  expect(flat.at(5)).toBe(1);
  expect(copy.at(1, 2)).toBe(0);
});

test.each([
  ["ragged rows", () => tensor([[1, 2], [3]]), "tensor: expected rows of equal length as in shape (2, 2)"],
  ["a number among rows", () => tensor([[1, 2], 3]), "tensor: expected rows of equal length as in shape (2, 2)"],
  [
    "a shape that does not fit",
    () => tensor([1, 2, 3], { shape: [2, 2] }),
    "Tensor: expected 4 numbers for shape (2, 2), got 3",
  ],
  [
    "reshape to another size",
    () => zeros([2, 3]).reshape([4]),
    "reshape: expected a shape of 6 numbers like (2, 3), got (4)",
  ],
  [
    "a negative length",
    () => new Tensor(new Float32Array(0), [-1, 0], "float32"),
    "Tensor: expected a shape of whole numbers >= 0, got (-1, 0)",
  ],
  ["an index outside", () => zeros([2, 3]).at(2, 0), "at: expected an index inside shape (2, 3), got (2, 0)"],
  ["too few indices", () => zeros([2, 3]).at(1), "at: expected an index inside shape (2, 3), got (1)"],
])("%s says what was expected and what came", (_, f, message) => {
  expect(f).toThrow(new ShapeError(message));
});

test("checkShape names the function, the expected numbers, what came, and the way out", () => {
  expect(() => checkShape("fcForward", "x", zeros([64, 3, 32, 32]), "(N, D)", [-1, 3072], " with D=3072")).toThrow(
    "fcForward: expected x of shape (N, D) with D=3072, got (64, 3, 32, 32); flatten to (64, 3072) first",
  );
});
