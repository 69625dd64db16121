/** What commands write: results to stdout, progress and remarks to stderr. */

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

export function remark(text: string): void {
  process.stderr.write(`${text}\n`);
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
