import { FormatError, formatShape } from "../errors.ts";
import { type DType, parseNpy, Tensor } from "../tensor/index.ts";

const columns = "x, y, x', y'";

/**
 * Points and targets from the bytes of a file: `.npy` of any number type, or text with four numbers per line,
 * separated by commas, semicolons, tabs or spaces. A first line of names, blank lines and lines starting with `#` are skipped.
 * @param name - what to call the file in errors
 * @returns a table (N, 4) with the columns x, y, x', y'
 * @throws {FormatError} for another count of columns, or something that is not a finite number, with its place (lines, rows and columns count from 1)
 */
export function parseCorrespondences(bytes: Uint8Array, name: string): Tensor<DType> {
  return bytes[0] === 0x93 ? fromNpy(bytes, name) : fromText(new TextDecoder().decode(bytes), name);
}

function fromNpy(bytes: Uint8Array, name: string): Tensor<DType> {
  const table = parseNpy(bytes);
  if (table.shape.length !== 2 || table.shape[1] !== 4)
    throw new FormatError(`${name}: expected shape (N, 4) with columns ${columns}, got ${formatShape(table.shape)}`);
  const wrong = table.data.findIndex((value: number) => !Number.isFinite(value));
  if (wrong >= 0)
    throw new FormatError(
      `${name} row ${Math.floor(wrong / 4) + 1}: expected finite numbers, got ${table.data[wrong]} in column ${(wrong % 4) + 1}`,
    );
  return table;
}

function fromText(text: string, name: string): Tensor<DType> {
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
  return new Tensor(Float64Array.from(numbers), [numbers.length / 4, 4], "float64");
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
