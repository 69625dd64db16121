/**
 * NumPy's `.npy` files.
 *
 * Source: NEP 1, https://numpy.org/neps/nep-0001-npy-format.html (versions 1 to 3).
 */
import { FormatError } from "../errors.ts";
import { type DType, Tensor } from "./tensor.ts";

interface Element {
  readonly bytes: number;
  readonly dtype: DType;
  readonly read: (view: DataView, offset: number, littleEndian: boolean) => number;
}

/** What each NumPy type code becomes: floats keep their precision, whole numbers become int32 or uint8. */
const elements: Readonly<Record<string, Element>> = {
  f4: { bytes: 4, dtype: "float32", read: (v, o, le) => v.getFloat32(o, le) },
  f8: { bytes: 8, dtype: "float64", read: (v, o, le) => v.getFloat64(o, le) },
  u1: { bytes: 1, dtype: "uint8", read: (v, o) => v.getUint8(o) },
  b1: { bytes: 1, dtype: "uint8", read: (v, o) => v.getUint8(o) },
  i1: { bytes: 1, dtype: "int32", read: (v, o) => v.getInt8(o) },
  i2: { bytes: 2, dtype: "int32", read: (v, o, le) => v.getInt16(o, le) },
  u2: { bytes: 2, dtype: "int32", read: (v, o, le) => v.getUint16(o, le) },
  i4: { bytes: 4, dtype: "int32", read: (v, o, le) => v.getInt32(o, le) },
  u4: { bytes: 4, dtype: "int32", read: (v, o, le) => v.getUint32(o, le) },
  i8: { bytes: 8, dtype: "int32", read: (v, o, le) => Number(v.getBigInt64(o, le)) },
  u8: { bytes: 8, dtype: "int32", read: (v, o, le) => Number(v.getBigUint64(o, le)) },
};

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]; // "\x93NUMPY"

/**
 * Reads an array in C or Fortran order; the result is row-major.
 *
 * @param who - what errors start with: the caller, or the file
 * @returns float32 and float64 as they are, uint8 for u1 and booleans, int32 for all other whole numbers
 * @throws {FormatError} for other versions or types (by name), a truncated file, a whole number outside int32
 */
export function parseNpy(bytes: Uint8Array, who = "parseNpy"): Tensor<DType> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { headerEnd, header } = readHeader(who, bytes, view);
  const descr = /'descr'\s*:\s*(?:'([^']*)'|(\[.*?\])\s*,)/.exec(header);
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(header)?.[1];
  const shapeText = /'shape'\s*:\s*\(([\d,\sL]*)\)/.exec(header)?.[1];
  if (!descr || order === undefined || shapeText === undefined)
    throw new FormatError(`${who}: expected a header with descr, fortran_order and shape, got ${header.trim()}`);

  const type = descr[1] ?? descr[2]!;
  const element = /^[<>|=]/.test(type) ? elements[type.slice(1)] : undefined;
  if (!element)
    throw new FormatError(`${who}: unknown type "${type}"; expected one of ${Object.keys(elements).join(", ")}`);

  const shape = shapeText.split(",").flatMap((n) => (n.trim() === "" ? [] : [Number.parseInt(n, 10)]));
  const size = shape.reduce((a, b) => a * b, 1);
  if (!Number.isSafeInteger(size) || bytes.length - headerEnd !== size * element.bytes)
    throw new FormatError(
      `${who}: expected ${size * element.bytes} bytes for shape (${shape.join(", ")}) of ${type}, got ${bytes.length - headerEnd}`,
    );

  const littleEndian = type[0] !== ">";
  const values = new Float64Array(size);
  for (let i = 0; i < size; i++) values[i] = element.read(view, headerEnd + i * element.bytes, littleEndian);
  if (element.dtype === "int32") {
    const wrong = values.find((v) => v !== (v | 0));
    if (wrong !== undefined)
      throw new FormatError(`${who}: expected whole numbers within int32 in an array of ${type}, got ${wrong}`);
  }
  return toTensor(order === "True" ? fortranToC(values, shape) : values, shape, element.dtype);
}

function readHeader(who: string, bytes: Uint8Array, view: DataView): { headerEnd: number; header: string } {
  if (bytes.length < 10 || magic.some((byte, i) => bytes[i] !== byte))
    throw new FormatError(`${who}: expected a .npy file (it starts with \\x93NUMPY), got other bytes`);
  const version = bytes[6]!;
  if (version < 1 || version > 3) throw new FormatError(`${who}: expected version 1, 2 or 3, got ${version}`);
  const start = version === 1 ? 10 : 12;
  if (bytes.length < start) throw new FormatError(`${who}: expected a header, got a file of ${bytes.length} bytes`);
  const headerEnd = start + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (headerEnd > bytes.length)
    throw new FormatError(`${who}: expected a header of ${headerEnd} bytes, got a file of ${bytes.length} bytes`);
  return { headerEnd, header: new TextDecoder().decode(bytes.subarray(start, headerEnd)) };
}

/** Column-major to row-major: the strides of the source run the other way. */
function fortranToC(values: Float64Array, shape: readonly number[]): Float64Array {
  const out = new Float64Array(values.length);
  const index = new Array<number>(shape.length).fill(0);
  for (let i = 0; i < out.length; i++) {
    let from = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) from = from * shape[axis]! + index[axis]!;
    out[i] = values[from]!;
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis]! === shape[axis]; axis--) index[axis] = 0;
  }
  return out;
}

function toTensor(values: Float64Array, shape: readonly number[], dtype: DType): Tensor<DType> {
  switch (dtype) {
    case "float64":
      return new Tensor(values, shape, dtype);
    case "float32":
      return new Tensor(new Float32Array(values), shape, dtype);
    case "int32":
      return new Tensor(new Int32Array(values), shape, dtype);
    case "uint8":
      return new Tensor(new Uint8Array(values), shape, dtype);
  }
}

const codes: Readonly<Record<DType, string>> = { float32: "<f4", float64: "<f8", int32: "<i4", uint8: "|u1" };

/** Writes version 1, C order, little-endian; the data starts at a multiple of 64 bytes. */
export function formatNpy(tensor: Tensor<DType>): Uint8Array {
  const comma = tensor.shape.length === 1 ? "," : "";
  const dict = `{'descr': '${codes[tensor.dtype]}', 'fortran_order': False, 'shape': (${tensor.shape.join(", ")}${comma}), }`;
  const headerEnd = Math.ceil((10 + dict.length + 1) / 64) * 64;
  const header = `${dict.padEnd(headerEnd - 11)}\n`;
  const { data } = tensor;
  const bytes = new Uint8Array(headerEnd + data.byteLength);
  bytes.set([...magic, 1, 0, header.length & 0xff, header.length >> 8]);
  bytes.set(new TextEncoder().encode(header), 10);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), headerEnd); // typed arrays are little-endian on every machine Node runs on
  return bytes;
}
