/** What commands write: results to stdout, progress and remarks to stderr. */
import { AsyncLocalStorage } from "node:async_hooks";

/** What one call of the command writes to, and how it ends: the process, or whatever stands in for it in a test. */
export interface Io {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
  exitCode?: typeof process.exitCode;
}

const calls = new AsyncLocalStorage<Io>();

/** Runs a call of the command with its own {@link io}. */
export function withIo<T>(io: Io, call: () => T): T {
  return calls.run(io, call);
}

export function io(): Io {
  return calls.getStore() ?? process;
}

export function print(text: string): void {
  io().stdout.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

export function remark(text: string): void {
  io().stderr.write(`${text}\n`);
}

/** Names a file that has been written, and says so if it took the place of another. */
export function remarkFile(path: string, replaced: boolean, say: (text: string) => void = remark): void {
  say(`${replaced ? "replaced" : "wrote"} ${path}`);
}

/** Columns as wide as their longest cell; numbers to the right, words to the left. */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((h, c) => Math.max(h.length, ...rows.map((row) => (row[c] ?? "").length)));
  const isNumeric = header.map((_, c) => rows.every((row) => /^$|^[-+]?[\d.]/.test((row[c] ?? "").trim())));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, c) => (isNumeric[c] ? cell.padStart(widths[c]!) : cell.padEnd(widths[c]!)))
      .join("  ")
      .trimEnd();
  return [line(header), widths.map((w) => "─".repeat(w)).join("  "), ...rows.map(line)].join("\n");
}
