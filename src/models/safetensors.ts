/**
 * The safetensors format: 8 bytes header length (little-endian), a JSON header, then the tensors' bytes.
 *
 * Source: https://huggingface.co/docs/safetensors (format section). Readable from Python as it is.
 */
import { FormatError, readAs, show } from "../errors.ts";
import { allocate, type DType, Tensor } from "../tensor/index.ts";

/** What a file holds: named tensors, and text beside them. */
export interface SafetensorsFile {
  readonly tensors: Readonly<Record<string, Tensor<DType>>>;
  readonly metadata: Readonly<Record<string, string>>;
}

const dtypes: Readonly<Record<string, DType>> = { F32: "float32", F64: "float64", I32: "int32", U8: "uint8" };
const codes: Readonly<Record<DType, string>> = { float32: "F32", float64: "F64", int32: "I32", uint8: "U8" };
/** The most that Node reads in one piece, and no more than one array of bytes holds anywhere. */
export const maxSafetensorsBytes: number = 2 ** 31 - 1;
/** Longer headers are refused before they are parsed, which takes seconds and forty times their size in memory. */
const maxHeaderBytes = 10_000_000;

interface Entry {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly from: number; // bytes after the header
  readonly to: number;
}

/**
 * The header is padded with spaces so that the data starts at a multiple of 8 bytes; wide numbers come first.
 * @throws {FormatError} for more than the format, or {@link parseSafetensors}, can take
 */
export function formatSafetensors({ tensors, metadata }: SafetensorsFile): Uint8Array {
  if (Object.hasOwn(tensors, "__metadata__"))
    throw new FormatError("formatSafetensors: expected another name than __metadata__ for a tensor");
  const named = Object.entries(tensors).sort(([, a], [, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT);
  let end = 0;
  const entries = named.map(([name, { dtype, shape, data }]) => {
    end += data.byteLength;
    return [name, { dtype: codes[dtype], shape, data_offsets: [end - data.byteLength, end] }];
  });
  const header = Object.fromEntries([["__metadata__", metadata], ...entries]); // keeps a tensor called __proto__
  const json = new TextEncoder().encode(JSON.stringify(header));
  if (json.length > maxHeaderBytes)
    throw new FormatError(
      `formatSafetensors: expected a header of at most ${maxHeaderBytes} bytes, got ${json.length}; keep long lists in tensors`,
    );
  const start = 8 + Math.ceil(json.length / 8) * 8;
  if (start + end > maxSafetensorsBytes)
    throw new FormatError(`formatSafetensors: expected at most ${maxSafetensorsBytes} bytes, got ${start + end}`);
  const bytes = new Uint8Array(start + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(start - 8), true);
  bytes.fill(0x20, 8, start);
  bytes.set(json, 8);
  let offset = start;
  for (const [, { data }] of named) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  return bytes;
}

/** @throws {FormatError} for anything but a whole, consistent file of float32, float64, int32 and uint8 tensors */
export function parseSafetensors(bytes: Uint8Array): SafetensorsFile {
  return readAs("parseSafetensors", () => readSafetensors(bytes));
}

/** {@link parseSafetensors} for callers who say in their own name what is wrong. */
export function readSafetensors(bytes: Uint8Array): SafetensorsFile {
  const { header, start } = readHeader(bytes);
  const { __metadata__: metadata = {}, ...rest } = header;
  if (!isRecord(metadata) || !Object.values(metadata).every((value) => typeof value === "string"))
    throw new FormatError("expected __metadata__ to map names to text");

  const entries = Object.entries(rest).map(([name, entry]) => readEntry(name, entry));
  const wanted = start + entries.reduce((most, { to }) => Math.max(most, to), 0);
  if (wanted > bytes.length)
    throw new FormatError(`expected ${wanted} bytes, got ${bytes.length}: the file is cut short`);
  entries.sort((a, b) => a.from - b.from || a.to - b.to);
  const tensors: Record<string, Tensor<DType>> = Object.create(null); // a tensor may be called __proto__
  let end = 0; // the tensors must tile the data: no hole, no overlap
  for (const { name, dtype, shape, from, to } of entries) {
    if (from !== end) throw new FormatError(`expected ${show(name)} to start at byte ${end}, got ${from}`);
    const data = allocate(
      dtype,
      shape.reduce((a, b) => a * b, 1),
    );
    new Uint8Array(data.buffer, data.byteOffset, data.byteLength).set(bytes.subarray(start + from, start + to));
    tensors[name] = new Tensor(data, shape, dtype);
    end = to;
  }
  if (start + end !== bytes.length) throw new FormatError(`expected ${start + end} bytes, got ${bytes.length}`);
  return { tensors, metadata: Object.assign(Object.create(null), metadata) };
}

function readHeader(bytes: Uint8Array): { header: Record<string, unknown>; start: number } {
  if (bytes.length < 8) throw new FormatError(`expected at least 8 bytes, got ${bytes.length}`);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  const limit = Math.min(maxHeaderBytes, bytes.length - 8);
  if (length > BigInt(limit))
    throw new FormatError(`expected a header of at most ${limit} bytes, got a length of ${length}`);
  const start = 8 + Number(length);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, start)));
  } catch {
    throw new FormatError("expected a header in JSON, got other bytes; not a safetensors file?");
  }
  if (!isRecord(header)) throw new FormatError("expected the header to be a JSON object");
  return { header, start };
}

function readEntry(name: string, entry: unknown): Entry {
  const wrong = (what: string): FormatError => new FormatError(`expected ${show(name)} ${what}`);
  const { dtype: code, shape, data_offsets: offsets } = isRecord(entry) ? entry : {};
  if (typeof code !== "string" || !Object.hasOwn(dtypes, code))
    throw wrong(`to be one of ${Object.keys(dtypes).join(", ")}, got ${show(code)}`);
  if (!isCounts(shape) || !isCounts(offsets) || offsets.length !== 2)
    throw wrong("to have a shape and two data_offsets of whole numbers >= 0");
  const dtype = dtypes[code]!;
  const [from, to] = offsets as [number, number];
  const size = shape.reduce((a, b) => a * b, allocate(dtype, 0).BYTES_PER_ELEMENT);
  if (to - from !== size) throw wrong(`of shape ${show(shape)} to have ${size} bytes, got ${to - from}`);
  return { name, dtype, shape, from, to };
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
