import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FormatError } from "../errors.ts";
import { createRng, type DType, Tensor, tensor } from "../tensor/index.ts";
import {
  deserializeModel,
  formatSafetensors,
  LinearClassifier,
  parseSafetensors,
  serializeModel,
  TwoLayerNet,
} from "./index.ts";

/** A file with any header, right or wrong, before `data`. */
function fileWith(header: unknown, data: Uint8Array = new Uint8Array(0), length?: bigint): Uint8Array {
  const json = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}

test("the bytes of one small file, by hand", () => {
  const bytes = formatSafetensors({ tensors: { w: tensor([1, -2]) }, metadata: { a: "b" } });
  const header = '{"__metadata__":{"a":"b"},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}';
  const padded = header.padEnd(Math.ceil(header.length / 8) * 8);
  expect([...bytes.subarray(0, 8)]).toEqual([padded.length, 0, 0, 0, 0, 0, 0, 0]);
  expect(new TextDecoder().decode(bytes.subarray(8, 8 + padded.length))).toBe(padded);
  expect([...bytes.subarray(8 + padded.length)]).toEqual([0, 0, 128, 63, 0, 0, 0, 192]); // 1 and −2 in IEEE 754
});

test("what is written is read back, for every type, shape and name", () => {
  const entry = fc.record({
    shape: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 }),
    dtype: fc.constantFrom<DType>("float32", "float64", "int32", "uint8"),
  });
  const name = fc
    .oneof(fc.string({ minLength: 1 }), fc.constantFrom("__proto__", "constructor", "hasOwnProperty", "toString"))
    .filter((n) => n !== "__metadata__");
  fc.assert(
    fc.property(fc.dictionary(name, entry, { maxKeys: 5 }), fc.dictionary(name, fc.string()), (entries, metadata) => {
      const types = { float32: Float32Array, float64: Float64Array, int32: Int32Array, uint8: Uint8Array };
      const tensors = Object.fromEntries(
        Object.entries(entries).map(([key, { shape, dtype }]) => {
          const length = shape.reduce((a, b) => a * b, 1);
          const data = types[dtype].from(Array.from({ length }, (_, i) => i + 1));
          return [key, new Tensor(data, shape, dtype) as Tensor<DType>];
        }),
      );
      const back = parseSafetensors(formatSafetensors({ tensors, metadata }));
      expect({ ...back.metadata }).toEqual({ ...metadata });
      expect(Object.keys(back.tensors).sort()).toEqual(Object.keys(tensors).sort());
      for (const [key, x] of Object.entries(tensors)) expect(back.tensors[key]).toEqual(x);
    }),
  );
});

describe("hostile and broken files are one clear error", () => {
  const w = (extra: object): object => ({ w: { dtype: "F32", shape: [2], data_offsets: [0, 8], ...extra } });
  const data = new Uint8Array(8);
  test.each([
    ["too short", new Uint8Array(3), "expected at least 8 bytes, got 3"],
    [
      "a huge header length",
      fileWith("{}", data, 2n ** 63n),
      "expected a header of at most 10 bytes, got a length of 9223372036854775808",
    ],
    ["a header that is not JSON", fileWith("hello"), "expected a header in JSON, got other bytes"],
    ["a header that is a list", fileWith([]), "expected the header to be a JSON object"],
    ["metadata that is not text", fileWith({ __metadata__: { a: 1 } }), "expected __metadata__ to map names to text"],
    [
      "an unknown type",
      fileWith(w({ dtype: "BF16" }), data),
      'expected "w" to be one of F32, F64, I32, U8, got "BF16"',
    ],
    [
      "a negative shape",
      fileWith(w({ shape: [-2] }), data),
      'expected "w" to have a shape and two data_offsets of whole numbers',
    ],
    [
      "a shape whose product overflows",
      fileWith(w({ shape: Array(70).fill(2 ** 52) }), data),
      /expected "w" of shape \[4503599627370496,.*… to have Infinity bytes, got 8/,
    ],
    [
      "a shape larger than the file",
      fileWith(w({ shape: [2 ** 40] }), data),
      'expected "w" of shape [1099511627776] to have 4398046511104 bytes, got 8',
    ],
    ["a shape smaller than its bytes", fileWith(w({ shape: [1] }), data), "to have 4 bytes, got 8"],
    ["a type of which the shape fills twice the bytes", fileWith(w({ dtype: "F64" }), data), "to have 16 bytes, got 8"],
    ["offsets beyond the end", fileWith(w({ data_offsets: [0, 16], shape: [4] }), data), "the file is cut short"],
    [
      "offsets backwards",
      fileWith(w({ data_offsets: [8, 0] }), data),
      'expected "w" of shape [2] to have 8 bytes, got -8',
    ],
    ["a hole", fileWith(w({ data_offsets: [4, 12] }), new Uint8Array(12)), 'expected "w" to start at byte 0, got 4'],
    [
      "overlapping tensors",
      fileWith({ ...w({}), v: { dtype: "F32", shape: [2], data_offsets: [4, 12] } }, new Uint8Array(12)),
      'expected "v" to start at byte 8, got 4',
    ],
    ["bytes left over", fileWith(w({}), new Uint8Array(9)), "bytes, got "],
    ["an entry that is a number", fileWith({ w: 3 }), 'expected "w" to be one of F32, F64, I32, U8, got undefined'],
    ["a type that is an object", fileWith(w({ dtype: { toString: 1 } }), data), 'got {"toString":1}'],
    ["a type that every object has", fileWith(w({ dtype: "constructor" }), data), 'got "constructor"'],
    ["a type nested 200,000 times", fileWith(`{"w":{"dtype":${"[".repeat(2e5)}${"]".repeat(2e5)}}}`), "got object"],
    ["metadata that is a list", fileWith({ __metadata__: ["a"] }), "expected __metadata__ to map names to text"],
    ["metadata that is nested", fileWith({ __metadata__: { a: { b: "c" } } }), "expected __metadata__ to map names"],
    ["offsets that are objects", fileWith(w({ data_offsets: [{ valueOf: 1 }, 8] }), data), "two data_offsets of whole"],
  ])("%s", (_, bytes, message) => {
    expect(() => parseSafetensors(bytes)).toThrow(FormatError);
    expect(() => parseSafetensors(bytes)).toThrow(message);
  });

  test("more of a header than anybody writes, in and out", () => {
    const many = " ".repeat(10_000_001);
    expect(() => parseSafetensors(fileWith(many))).toThrow(
      "expected a header of at most 10000000 bytes, got a length of",
    );
    expect(() => formatSafetensors({ tensors: {}, metadata: { many } })).toThrow("got 10000");
  });

  test("a file that could not be read back is not made: more than 2 GiB, a tensor in the metadata's place", () => {
    const w = new Tensor(new Uint8Array(2 ** 30), [2 ** 30], "uint8");
    expect(() => formatSafetensors({ tensors: { a: w, b: w }, metadata: {} })).toThrow(
      /formatSafetensors: expected at most 2147483647 bytes, got 214748\d{4}$/,
    );
    expect(() => formatSafetensors({ tensors: { __metadata__: tensor([1]) }, metadata: {} })).toThrow(FormatError);
  });

  test("more tensors than a call has room for arguments", () => {
    const empty = { dtype: "F32", shape: [0], data_offsets: [0, 0] };
    const header = Object.fromEntries(Array.from({ length: 130_000 }, (_, i) => [`t${i}`, empty]));
    expect(() => deserializeModel(fileWith(header))).toThrow("deserializeModel: expected metadata `model`");
  });

  test("names that every object has are names like others", () => {
    const { tensors, metadata } = parseSafetensors(formatSafetensors({ tensors: { w: tensor([1]) }, metadata: {} }));
    for (const name of ["constructor", "__proto__", "toString"])
      expect([tensors[name], metadata[name]]).toEqual([undefined, undefined]);
  });

  test("any truncation", () => {
    const whole = formatSafetensors({ tensors: { w: tensor([1, 2, 3]) }, metadata: {} });
    for (let end = 0; end < whole.length; end++)
      expect(() => parseSafetensors(whole.subarray(0, end))).toThrow(FormatError);
  });

  test("any flipped byte of the header is an error or a file that still makes sense", () => {
    const whole = formatSafetensors({ tensors: { w: tensor([1, 2, 3]) }, metadata: {} });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: whole.length - 13 }), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const bytes = whole.slice();
        bytes[at]! ^= mask;
        try {
          for (const x of Object.values(parseSafetensors(bytes).tensors)) expect(x.size).toBeLessThanOrEqual(12);
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
        }
      }),
    );
  });
});

describe("models", () => {
  const rng = createRng(442);
  test.each([
    ["LinearClassifier", new LinearClassifier({ inputDim: 4, numClasses: 3, rng })],
    ["TwoLayerNet", new TwoLayerNet({ inputDim: 4, hiddenDim: 5, numClasses: 3, rng })],
  ])("%s: save then load gives the same scores", (_, model) => {
    const x = tensor([[1, -2, 3, 0.5]]);
    const back = deserializeModel(serializeModel(model));
    expect(back.settings).toEqual(model.settings);
    expect(back.forward(x)[0].toArray()).toEqual(model.forward(x)[0].toArray());
  });

  const file = (change: (settings: Record<string, unknown>) => void, weight = 1): Uint8Array => {
    const settings = { kind: "linear", inputDim: 2, numClasses: 1, dtype: "float32" };
    change(settings);
    const metadata = { model: JSON.stringify(settings) };
    return formatSafetensors({ tensors: { W: tensor([[weight], [2]]), b: tensor([0]) }, metadata });
  };

  test.each([
    ["no model in it", formatSafetensors({ tensors: {}, metadata: {} }), "expected metadata `model`"],
    [
      "an unknown kind",
      file((s) => {
        s.kind = "toString";
      }),
      'unknown kind of model "toString"; expected one of linear, two-layer',
    ],
    [
      "a kind that is an object",
      file((s) => {
        s.kind = { toString: 1 };
      }),
      'unknown kind of model {"toString":1}',
    ],
    [
      "a type that is an object",
      file((s) => {
        s.dtype = { toString: 1 };
      }),
      'expected dtype float32 or float64, got {"toString":1}',
    ],
    [
      "a size of zero",
      file((s) => {
        s.inputDim = 0;
      }),
      "expected model sizes of whole numbers >= 1",
    ],
    [
      "a size far larger than its weights",
      file((s) => {
        s.inputDim = 2 ** 40;
      }),
      "deserializeModel: expected weights for a model of 1099511627776 parameters, got 3",
    ],
    [
      "another shape",
      file((s) => {
        s.numClasses = 2;
        s.inputDim = 1;
      }),
      "expected W of shape (1, 2) in float32, got [2,1] in float32",
    ],
    ["an infinite weight", file(() => {}, Infinity), "expected finite weights, got NaN or Infinity in W"],
    ["a NaN weight", file(() => {}, Number.NaN), "expected finite weights, got NaN or Infinity in W"],
  ])("%s is an error", (_, bytes, message) => {
    expect(() => deserializeModel(bytes)).toThrow(FormatError);
    expect(() => deserializeModel(bytes)).toThrow(message);
  });
});
