import fc from "fast-check";
import { expect, test } from "vitest";
import { Tensor } from "../tensor/index.ts";
import { formatIdx, idxLength, parseIdx } from "./idx.ts";

test("a file worked by hand", () => {
  const parsed = parseIdx(Uint8Array.of(0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 3, 7, 8, 9));
  expect([parsed.shape, [...parsed.data]]).toEqual([
    [1, 3],
    [7, 8, 9],
  ]);
});

test("format, then parse, is identity", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(5), { minLength: 1, maxLength: 4 }), (shape) => {
      const length = shape.reduce((a, b) => a * b, 1);
      const tensor = new Tensor(
        Uint8Array.from({ length }, (_, i) => i % 256),
        shape,
        "uint8",
      );
      expect(parseIdx(formatIdx(tensor))).toEqual(tensor);
      expect(idxLength(formatIdx(tensor).subarray(0, 20))).toBe(formatIdx(tensor).length);
    }),
  );
});

test("another format, another type, and a wrong length are named", () => {
  const start = (...bytes: number[]) => parseIdx(Uint8Array.from(bytes), "labels");
  expect(() => start(0x1f, 0x8b, 8, 0)).toThrow("expected labels to start with 00 00 08 and 01 to 04, got 1f 8b 08 00");
  expect(() => start(0, 0, 13, 1, 0, 0, 0, 0)).toThrow("got 00 00 0d 01");
  expect(() => start()).toThrow("got no bytes");
  expect(() => start(0, 0, 8, 3, 0, 0, 0, 1)).toThrow("labels has 8 bytes, expected a header of 16");
  expect(() => start(0, 0, 8, 1, 0, 0, 0, 3, 1, 2)).toThrow(
    "labels has 10 bytes, expected 11 (a header of 8 and 3 bytes)",
  );
  expect(() => start(0, 0, 8, 2, 255, 255, 255, 255, 255, 255, 255, 255)).toThrow("has 12 bytes, expected");
});
