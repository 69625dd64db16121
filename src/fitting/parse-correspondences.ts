import { FormatError, formatShape } from "../errors.ts";
import { parseNpy, Tensor } from "../tensor/index.ts";

const columns = "x, y, x', y'";

/** Larger texts do not fit into memory as numbers and lines. */
const longestText = 2 ** 28;

/**
 * Points and targets from the bytes of a file: `.npy` of any number type, or text with four numbers per line,
 * separated by commas, semicolons, tabs or spaces. A first line of names, blank lines and lines starting with `#` are skipped.
 * @param name - what to call the file in errors
 * @returns both (N, 2), from the columns x, y and x', y'
 * @throws {FormatError} for another count of columns, or something that is not a finite number, with its place (lines, rows and columns count from 1)
 */
export function parseCorrespondences(
  bytes: Uint8Array,
  name: string,
): [p: Tensor<"float64">, pPrime: Tensor<"float64">] {
  const table = bytes[0] === 0x93 ? fromNpy(bytes, name) : fromText(bytes, name);
  const half = (offset: number): Tensor<"float64"> => {
    const numbers = Float64Array.from({ length: table.length / 2 }, (_, i) => table[4 * (i >> 1) + (i & 1) + offset]!);
    return new Tensor(numbers, [table.length / 4, 2], "float64");
  };
  return [half(0), half(2)];
}

function fromNpy(bytes: Uint8Array, name: string): ArrayLike<number> {
  const { shape, data } = parseNpy(bytes, name);
  if (shape.length !== 2 || shape[1] !== 4)
    throw new FormatError(`${name}: expected shape (N, 4) with columns ${columns}, got ${formatShape(shape)}`);
  const wrong = data.findIndex((value: number) => !Number.isFinite(value));
  if (wrong >= 0)
    throw new FormatError(
      `${name} row ${Math.floor(wrong / 4) + 1}: expected finite numbers, got ${data[wrong]} in column ${(wrong % 4) + 1}`,
    );
  return data;
}

function fromText(bytes: Uint8Array, name: string): ArrayLike<number> {
  if (bytes.length > longestText)
    throw new FormatError(
      `${name}: expected at most ${longestText} bytes of text, got ${bytes.length}; use .npy instead`,
    );
  const text = new TextDecoder().decode(bytes);
  const numbers: number[] = [];
  let mayBeHeader = true;
  let line = 0;
  for (const raw of text.split("\n")) {
    line++;
    const row = raw.replace("\uFEFF", "").trim();
    if (row === "" || row.startsWith("#")) continue;
    const cells = row.split(/\s*[,;\t]\s*|\s+/);
    if (cells.length !== 4)
      throw new FormatError(
        `${name} line ${line}: expected 4 columns ${columns}, got ${cells.length}: ${shorten(row)}`,
      );
    const values = cells.map((cell) => (cell === "" ? Number.NaN : Number(cell)));
    const isHeader = mayBeHeader && cells.every((cell, i) => Number.isNaN(values[i]) && /^["'\p{L}]/u.test(cell));
    mayBeHeader = false;
    if (isHeader) continue;
    const wrong = values.findIndex((value) => !Number.isFinite(value));
    if (wrong >= 0)
      throw new FormatError(`${name} line ${line}: expected finite numbers, got "${shorten(cells[wrong]!)}"`);
    for (const value of values) numbers.push(value);
  }
  if (numbers.length === 0) throw new FormatError(`${name}: expected rows of 4 numbers ${columns}, got none`);
  return numbers;
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
