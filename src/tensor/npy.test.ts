import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FormatError } from "../errors.ts";
import fixtures from "./fixtures/npy.json" with { type: "json" };
import { formatNpy, parseNpy } from "./npy.ts";
import { type DType, Tensor } from "./tensor.ts";

const bytesOf = (base64: string): Uint8Array => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
const plain = (header: string, version = 1): Uint8Array => {
  const length =
    version === 1 ? [header.length & 255, header.length >> 8] : [header.length & 255, header.length >> 8, 0, 0];
  return Uint8Array.from([
    0x93,
    ...new TextEncoder().encode("NUMPY"),
    version,
    0,
    ...length,
    ...new TextEncoder().encode(header),
  ]);
};

describe(`files written by NumPy ${fixtures.numpy}`, () => {
  test.each(fixtures.cases)("$name", ({ base64, shape, values }) => {
    const x = parseNpy(bytesOf(base64));
    expect([...x.shape]).toEqual(shape);
    expect([...x.data]).toEqual(values);
  });

  test("keep their precision: f4 stays float32, f8 float64, u1 uint8, other whole numbers int32", () => {
    const dtypeOf = (name: string): DType =>
      parseNpy(bytesOf(fixtures.cases.find((c) => c.name === name)!.base64)).dtype;
    expect(["<f4", ">f8", "|u1", "bool", "<i8", "|i1"].map(dtypeOf)).toEqual([
      "float32",
      "float64",
      "uint8",
      "uint8",
      "int32",
      "int32",
    ]);
  });
});

test("what is written is read back, for every type and shape", () => {
  const shape = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 });
  fc.assert(
    fc.property(shape, fc.constantFrom<DType>("float32", "float64", "int32", "uint8"), (shape, dtype) => {
      const size = shape.reduce((a, b) => a * b, 1);
      const values = Array.from({ length: size }, (_, i) => (i * 37) % 200);
      const types = { float32: Float32Array, float64: Float64Array, int32: Int32Array, uint8: Uint8Array };
      const x = new Tensor(types[dtype].from(values), shape, dtype) as Tensor<DType>;
      const back = parseNpy(formatNpy(x));
      expect(back.dtype).toBe(dtype);
      expect(back.shape).toEqual(shape);
      expect(back.data).toEqual(x.data);
    }),
  );
});

test("the data starts at a multiple of 64 bytes, as NumPy writes it", () => {
  const bytes = formatNpy(new Tensor(new Float64Array(3), [3], "float64"));
  expect(bytes.length).toBe(128 + 24);
  expect(new TextDecoder().decode(bytes.subarray(10, 128)).trimEnd()).toBe(
    "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }",
  );
});

test.each([
  ["other bytes", new Uint8Array(20), "parseNpy: expected a .npy file (it starts with \\x93NUMPY), got other bytes"],
  ["version 4", plain("{}", 4), "parseNpy: expected version 1, 2 or 3, got 4"],
  [
    "half precision",
    plain("{'descr': '<f2', 'fortran_order': False, 'shape': (0,), }"),
    'parseNpy: unknown type "<f2"; expected one of f4, f8, u1, b1, i1, i2, u2, i4, u4, i8, u8',
  ],
  [
    "complex",
    plain("{'descr': '<c16', 'fortran_order': False, 'shape': (0,), }"),
    'parseNpy: unknown type "<c16"; expected one of f4, f8, u1, b1, i1, i2, u2, i4, u4, i8, u8',
  ],
  [
    "records",
    plain("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (0,), }"),
    "parseNpy: unknown type \"[('a', '<f4')]\"; expected one of f4, f8, u1, b1, i1, i2, u2, i4, u4, i8, u8",
  ],
  [
    "no shape",
    plain("{'descr': '<f4', 'fortran_order': False}"),
    "parseNpy: expected a header with descr, fortran_order and shape, got {'descr': '<f4', 'fortran_order': False}",
  ],
  [
    "missing data",
    plain("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"),
    "parseNpy: expected 24 bytes for shape (2, 3) of <f4, got 0",
  ],
])("%s is refused by name", (_, bytes, message) => {
  expect(() => parseNpy(bytes)).toThrow(new FormatError(message));
});

test("a whole number beyond int32 is refused", () => {
  const header = plain("{'descr': '<i8', 'fortran_order': False, 'shape': (1,), }");
  const bytes = new Uint8Array([...header, 0, 0, 0, 0, 1, 0, 0, 0]);
  expect(() => parseNpy(bytes)).toThrow("expected whole numbers within int32 in an array of <i8, got 4294967296");
});

test("truncating a good file anywhere is an error, never a wrong array", () => {
  const whole = bytesOf(fixtures.cases.find((c) => c.name === "fortran")!.base64);
  for (let end = 0; end < whole.length; end += 7) expect(() => parseNpy(whole.subarray(0, end))).toThrow(FormatError);
});
