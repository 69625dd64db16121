/**
 * Protocol Buffers, as far as writing a file needs them: fields as bytes, in the order in which they are given.
 * Source: https://protobuf.dev/programming-guides/encoding/
 */

export type Field = Uint8Array;

/** A whole number >= 0: seven bits a byte, the lowest first. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return bytes;
}

export function int(number: number, value: number): Field {
  return Uint8Array.from([...varint(number * 8), ...varint(value)]);
}

export function float(number: number, value: number): Field {
  const bytes = new Uint8Array([...varint(number * 8 + 5), 0, 0, 0, 0]);
  new DataView(bytes.buffer).setFloat32(bytes.length - 4, value, true);
  return bytes;
}

/** Bytes, a text, or a message of fields. */
export function bytes(number: number, content: string | Uint8Array | readonly Field[]): Field {
  const body =
    typeof content === "string"
      ? new TextEncoder().encode(content)
      : content instanceof Uint8Array
        ? content
        : join(content);
  return join([Uint8Array.from([...varint(number * 8 + 2), ...varint(body.length)]), body]);
}

export function join(fields: readonly Field[]): Uint8Array {
  const all = new Uint8Array(fields.reduce((sum, field) => sum + field.length, 0));
  let at = 0;
  for (const field of fields) {
    all.set(field, at);
    at += field.length;
  }
  return all;
}
