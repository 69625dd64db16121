/**
 * IDX, the file format of MNIST: two zero bytes, a type (8 is unsigned byte), the number of dimensions, each length
 * as a big-endian 32-bit number, then the data. Source: http://yann.lecun.com/exdb/mnist/ (section "File formats").
 */
import { FormatError } from "../errors.ts";
import { Tensor } from "../tensor/index.ts";

/**
 * @param name - the file's, for messages
 * @throws {FormatError} for another format, another type than unsigned bytes, or a length that does not fit
 */
export function parseIdx(bytes: Uint8Array, name = "file"): Tensor<"uint8"> {
  const { header, shape } = parseHeader(bytes, name);
  const expected = idxLength(bytes, name);
  if (bytes.length !== expected)
    throw new FormatError(
      `parseIdx: ${name} has ${bytes.length} bytes, expected ${expected} (a header of ${header} and ${shape.join("×")} bytes)`,
    );
  return new Tensor(bytes.subarray(header), shape, "uint8");
}

/** How many bytes a file has that starts like this. */
export function idxLength(start: Uint8Array, name = "file"): number {
  const { header, shape } = parseHeader(start, name);
  return header + shape.reduce((a, b) => a * b, 1);
}

function parseHeader(bytes: Uint8Array, name: string): { header: number; shape: number[] } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const dimensions = bytes[3] ?? 0;
  const header = 4 + 4 * dimensions;
  if (bytes[0] !== 0 || bytes[1] !== 0 || bytes[2] !== 8 || dimensions === 0 || dimensions > 4) {
    const start = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    throw new FormatError(`parseIdx: expected ${name} to start with 00 00 08 and 01 to 04, got ${start || "no bytes"}`);
  }
  if (bytes.length < header)
    throw new FormatError(`parseIdx: ${name} has ${bytes.length} bytes, expected a header of ${header}`);
  return { header, shape: Array.from({ length: dimensions }, (_, axis) => view.getUint32(4 + 4 * axis)) };
}

/** The bytes of an IDX file of unsigned bytes. */
export function formatIdx({ shape, data }: Tensor<"uint8">): Uint8Array {
  const header = 4 + 4 * shape.length;
  const bytes = new Uint8Array(header + data.length);
  bytes.set([0, 0, 8, shape.length]);
  const view = new DataView(bytes.buffer);
  for (const [axis, length] of shape.entries()) view.setUint32(4 + 4 * axis, length);
  bytes.set(data, header);
  return bytes;
}
