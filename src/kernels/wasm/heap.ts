/** Hands out pieces of a range of addresses: first fit, neighbours merged when given back. */
export class Heap {
  static readonly alignment = 64; // a cache line, so that no two pieces share one
  private readonly free: { start: number; end: number }[]; // sorted, never touching
  private readonly ends = new Map<number, number>();

  constructor(start: number, end: number) {
    this.free = [{ start: align(start), end: end - (end % Heap.alignment) }];
  }

  /** @returns the address of `bytes` bytes, or 0 when no gap is large enough */
  take(bytes: number): number {
    const size = align(Math.max(bytes, 1));
    const at = this.free.findIndex(({ start, end }) => end - start >= size);
    if (at < 0) return 0;
    const gap = this.free[at]!;
    const { start } = gap;
    gap.start += size;
    if (gap.start === gap.end) this.free.splice(at, 1);
    this.ends.set(start, start + size);
    return start;
  }

  /** Takes back what {@link take} handed out at `start`. */
  give(start: number): void {
    const end = this.ends.get(start);
    if (end === undefined) throw new RangeError(`Heap: nothing was handed out at ${start}`);
    this.ends.delete(start);
    const found = this.free.findIndex((gap) => gap.start > start);
    const at = found < 0 ? this.free.length : found;
    const before = this.free[at - 1];
    const after = this.free[at];
    const joinsBefore = before?.end === start;
    const joinsAfter = after?.start === end;
    if (joinsBefore && joinsAfter) {
      before.end = after.end;
      this.free.splice(at, 1);
    } else if (joinsBefore) before.end = end;
    else if (joinsAfter) after.start = start;
    else this.free.splice(at, 0, { start, end });
  }
}

function align(bytes: number): number {
  return Math.ceil(bytes / Heap.alignment) * Heap.alignment;
}
