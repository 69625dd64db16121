/** The columns of a layered drawing, each as wide as its widest part, and the gaps between them. */
export class Layers {
  readonly #halfWidths = new Map<number, number>();
  readonly #bends = new Map<number, { count: number; highest: number }>();
  #shifts: ReadonlyMap<number, number> | undefined;

  /** Notes something of this width in the column with its middle at `x`. */
  add(x: number, width: number): void {
    this.#halfWidths.set(Math.round(x), Math.max(this.#halfWidths.get(Math.round(x)) ?? 0, width / 2));
  }

  /** Notes an edge that climbs by `height` in the gap behind column `x`. */
  addBend(x: number, height: number): void {
    const climb = Math.abs(height);
    if (climb < 4) return;
    const { count, highest } = this.#bends.get(Math.round(x)) ?? { count: 0, highest: 0 };
    this.#bends.set(Math.round(x), { count: count + (climb < 60 ? 0 : 1), highest: Math.max(highest, climb) });
  }

  /** How far the column moves to the right: the more edges bend in a gap and the steeper they are, the wider the gap becomes. */
  shift(x: number): number {
    this.#shifts ??= this.#sumGaps();
    return this.#shifts.get(Math.round(x)) ?? 0;
  }

  /** The left side of a column after its shift. */
  left(x: number): number {
    return x + this.shift(x) - (this.#halfWidths.get(Math.round(x)) ?? 0);
  }

  right(x: number): number {
    return x + this.shift(x) + (this.#halfWidths.get(Math.round(x)) ?? 0);
  }

  #sumGaps(): Map<number, number> {
    const shifts = new Map<number, number>();
    let sum = 0;
    for (const x of [...this.#halfWidths.keys()].sort((a, b) => a - b)) {
      shifts.set(x, sum);
      const bends = this.#bends.get(x);
      if (bends !== undefined) sum += Math.min(100, Math.round(8 + bends.highest / 10 + 4 * bends.count));
    }
    return shifts;
  }
}
