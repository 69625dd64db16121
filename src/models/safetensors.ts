/**
 * The safetensors format: 8 bytes header length (little-endian), a JSON header, then the tensors' bytes.
 *
 * Source: https://huggingface.co/docs/safetensors (format section). Readable from Python as it is.
 */
import { FormatError } from "../errors.ts";
import { allocate, type DType, Tensor } from "../tensor/index.ts";

/** What a file holds: named tensors, and text beside them. */
export interface SafetensorsFile {
  readonly tensors: Readonly<Record<string, Tensor<DType>>>;
  readonly metadata: Readonly<Record<string, string>>;
}

const dtypes: Readonly<Record<string, DType>> = { F32: "float32", F64: "float64", I32: "int32", U8: "uint8" };
const codes: Readonly<Record<DType, string>> = { float32: "F32", float64: "F64", int32: "I32", uint8: "U8" };
/** Longer headers are refused before they are read; the reference implementation has the same limit. */
const maxHeaderBytes = 100_000_000;

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/** The header is padded with spaces so that the data starts at a multiple of 8 bytes; wide numbers come first. */
export function formatSafetensors({ tensors, metadata }: SafetensorsFile): Uint8Array {
  const named = Object.entries(tensors).sort(([, a], [, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT);
  const header: Record<string, unknown> = { __metadata__: metadata };
  let end = 0;
  for (const [name, { dtype, shape, data }] of named) {
    header[name] = { dtype: codes[dtype], shape, data_offsets: [end, end + data.byteLength] };
    end += data.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  if (json.length > maxHeaderBytes)
    throw new FormatError(
      `formatSafetensors: expected a header of at most ${maxHeaderBytes} bytes, got ${json.length}; keep long lists in tensors`,
    );
  const start = 8 + Math.ceil(json.length / 8) * 8;
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
  const { header, start } = readHeader(bytes);
  const { __metadata__: metadata = {}, ...entries } = header;
  if (!isRecord(metadata) || !Object.values(metadata).every((v) => typeof v === "string"))
    throw new FormatError("parseSafetensors: expected __metadata__ to map names to text");

  const tensors: Record<string, Tensor<DType>> = Object.create(null); // a tensor may be called __proto__
  let end = 0; // the tensors must tile the data: no hole, no overlap
  const inOrder = Object.entries(entries).map(([name, entry]) => ({ name, ...checkEntry(name, entry) }));
  const wanted = start + Math.max(0, ...inOrder.map((entry) => entry.data_offsets[1]));
  if (wanted > bytes.length)
    throw new FormatError(`parseSafetensors: expected ${wanted} bytes, got ${bytes.length}: the file is cut short`);
  inOrder.sort((a, b) => a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1]);
  for (const { name, dtype, shape, data_offsets } of inOrder) {
    const [from, to] = data_offsets;
    const data = allocate(
      dtypes[dtype]!,
      shape.reduce((a, b) => a * b, 1),
    );
    if (from !== end || to - from !== data.byteLength)
      throw new FormatError(
        `parseSafetensors: expected ${name} at bytes ${end} to ${end + data.byteLength} of ${bytes.length - start}, got ${from} to ${to}`,
      );
    new Uint8Array(data.buffer, data.byteOffset, data.byteLength).set(bytes.subarray(start + from, start + to));
    tensors[name] = new Tensor(data, shape, dtypes[dtype]!);
    end = to;
  }
  if (start + end !== bytes.length)
    throw new FormatError(`parseSafetensors: expected ${start + end} bytes, got ${bytes.length}`);
  return { tensors, metadata: metadata as Record<string, string> };
}

function readHeader(bytes: Uint8Array): { header: Record<string, unknown>; start: number } {
  if (bytes.length < 8) throw new FormatError(`parseSafetensors: expected at least 8 bytes, got ${bytes.length}`);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  const limit = Math.min(maxHeaderBytes, bytes.length - 8);
  if (length > BigInt(limit))
    throw new FormatError(`parseSafetensors: expected a header of at most ${limit} bytes, got a length of ${length}`);
  const start = 8 + Number(length);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, start)));
  } catch {
    throw new FormatError("parseSafetensors: expected a header in JSON, got other bytes; not a safetensors file?");
  }
  if (!isRecord(header)) throw new FormatError("parseSafetensors: expected the header to be a JSON object");
  return { header, start };
}

function checkEntry(name: string, entry: unknown): Entry {
  const isCount = (n: unknown): n is number => Number.isSafeInteger(n) && (n as number) >= 0;
  const { dtype, shape, data_offsets: offsets } = isRecord(entry) ? entry : {};
  if (typeof dtype !== "string" || !Object.hasOwn(dtypes, dtype))
    throw new FormatError(
      `parseSafetensors: expected ${name} to be one of ${Object.keys(dtypes).join(", ")}, got ${dtype}`,
    );
  const isShape = Array.isArray(shape) && shape.every(isCount) && isCount(shape.reduce((a, b) => a * b, 8));
  if (!isShape || !Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount))
    throw new FormatError(`parseSafetensors: expected ${name} to have a shape and two data_offsets of whole numbers`);
  const size = (shape as number[]).reduce((a, b) => a * b, 1);
  const [from, to] = offsets as [number, number];
  if (size > to - from)
    throw new FormatError(
      `parseSafetensors: expected at least ${size} bytes for ${name} of shape (${shape.join(", ")}), got ${to - from}`,
    );
  return { dtype, shape, data_offsets: [from, to] };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
