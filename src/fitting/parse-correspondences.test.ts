import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatNpy, tensor, zeros } from "../tensor/index.ts";
import { parseCorrespondences } from "./parse-correspondences.ts";

/** Both halves side by side again. */
const table = (bytes: Uint8Array, name: string): number[][] => {
  const [p, pPrime] = parseCorrespondences(bytes, name);
  return Array.from({ length: p.shape[0]! }, (_, i) => [p.at(i, 0), p.at(i, 1), pPrime.at(i, 0), pPrime.at(i, 1)]);
};
const parse = (text: string) => table(new TextEncoder().encode(text), "points.csv");
const rows = [[1, 2, 3, 4], [-5.5, 6e-3, 0, 8]]; // biome-ignore format: a matrix

describe("text", () => {
  test.each([
    ["commas", "1,2,3,4\n-5.5,6e-3,0,8\n"],
    ["commas and spaces, no last line end", "1, 2, 3, 4\n-5.5, 6e-3, 0, 8"],
    ["semicolons, Windows line ends", "1;2;3;4\r\n-5.5;6e-3;0;8\r\n"],
    ["tabs", "1\t2\t3\t4\n-5.5\t6e-3\t0\t8\n"],
    ["spaces", "  1  2 3 4\n-5.5 6e-3 0 8\n"],
    ["names, comments, blank lines, a byte order mark", "\uFEFFx,y,x',y'\n# made up\n\n1,2,3,4\n-5.5,6e-3,0,8\n\n"],
    ["quoted names", '"x","y","x2","y2"\n1,2,3,4\n-5.5,6e-3,0,8\n'],
  ])("%s", (_, text) => {
    expect(parse(text)).toEqual(rows);
  });

  test("every number survives", () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(number, number, number, number), { minLength: 1 }), (rows) => {
        expect(parse(rows.map((row) => row.join(",")).join("\n"))).toEqual(rows.map((row) => row.map((v) => v + 0)));
      }),
    );
  });

  test.each([
    ["1,2,3,4\n5,6,7\n", "points.csv line 2: expected 4 columns x, y, x', y', got 3: 5,6,7"],
    ["1,2,3,4,5\n", "points.csv line 1: expected 4 columns x, y, x', y', got 5: 1,2,3,4,5"],
    ["# c\n1,2,3,four\n", 'points.csv line 2: expected finite numbers, got "four"'],
    ["1,2,3,4\nx,y,u,v\n", 'points.csv line 2: expected finite numbers, got "x"'],
    ["1,2,,4\n", 'points.csv line 1: expected finite numbers, got ""'],
    ["1,2,nan,4\n", 'points.csv line 1: expected finite numbers, got "nan"'],
    ["1,2,Infinity,4\n", 'points.csv line 1: expected finite numbers, got "Infinity"'],
    ["", "points.csv: expected rows of 4 numbers x, y, x', y', got none"],
    ["x,y,u,v\n", "points.csv: expected rows of 4 numbers x, y, x', y', got none"],
  ])("%j is refused", (text, message) => {
    expect(() => parse(text)).toThrow(message);
  });
});

test("a text too long for memory is refused before it is read", () => {
  expect(() => table(new Uint8Array(2 ** 28 + 1), "points.csv")).toThrow(
    "points.csv: expected at most 268435456 bytes of text, got 268435457; use .npy instead",
  );
});

describe(".npy", () => {
  const npy = (x: Parameters<typeof formatNpy>[0]) => table(formatNpy(x), "points.npy");

  test.each(["float64", "float32", "int32", "uint8"] as const)("%s", (dtype) => {
    expect(npy(tensor([[1, 2, 3, 4], [5, 6, 7, 8]], { dtype }))).toEqual([[1, 2, 3, 4], [5, 6, 7, 8]]); // biome-ignore format: a matrix
  });

  test("another file is refused by its name", () => {
    const bytes = formatNpy(zeros([3, 4]));
    expect(() => table(bytes.slice(0, -1), "points.npy")).toThrow(/^points.npy: expected 48 bytes for shape/);
    expect(() => table(bytes.slice(0, 4), "points.npy")).toThrow(/^points.npy: expected a .npy file/);
  });

  test("another shape, NaN and no row are refused or passed on", () => {
    expect(() => npy(zeros([3, 5]))).toThrow("points.npy: expected shape (N, 4) with columns x, y, x', y', got (3, 5)");
    expect(() => npy(zeros([8]))).toThrow("got (8)");
    expect(() => npy(tensor([[1, 2, 3, 4], [5, Number.NaN, 7, 8]]))).toThrow("points.npy row 2: expected finite numbers, got NaN in column 2"); // biome-ignore format: a matrix
    expect(npy(zeros([0, 4]))).toEqual([]); // the fit says that it needs points
  });
});
