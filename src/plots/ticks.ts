/** Round numbers for an axis: multiples of 1, 2 or 5 times a power of ten. */

interface Step {
  readonly digit: 1 | 2 | 5;
  readonly power: number;
}

/** The round step that comes nearest, on a log scale, to `count` of them in `span`. */
function roundStep(span: number, count: number): Step {
  const rough = span / count;
  const power = Math.floor(Math.log10(rough));
  const ratio = rough / 10 ** power; // 1 … 10
  if (ratio >= Math.sqrt(50)) return { digit: 1, power: power + 1 };
  return { digit: ratio >= Math.sqrt(10) ? 5 : ratio >= Math.SQRT2 ? 2 : 1, power };
}

/** `k` steps; divides by a power of ten rather than multiplying by a fraction, so that 3 · 0.1 is 0.3. */
function multiple(k: number, { digit, power }: Step): number {
  return power < 0 ? (k * digit) / 10 ** -power : k * digit * 10 ** power;
}

const tolerance = 1e-9; // of a step: an end that is round but for its last bits counts as round

/** Round values from `low` to `high`, about `count` of them; needs low < high. */
export function roundTicks(low: number, high: number, count: number): number[] {
  const step = roundStep(high - low, count);
  const size = multiple(1, step);
  const [from, to] = [Math.ceil(low / size - tolerance), Math.floor(high / size + tolerance)];
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => multiple(from + i, step) + 0); // no −0
}

/** The domain widened to the next round step on both sides; needs low < high. */
export function roundDomain(low: number, high: number, count: number): [number, number] {
  let domain: [number, number] = [low, high];
  for (let pass = 0; pass < 2; pass++) {
    // a wider domain may ask for a wider step
    const step = roundStep(domain[1] - domain[0], count);
    const size = multiple(1, step);
    domain = [
      multiple(Math.floor(domain[0] / size + tolerance), step),
      multiple(Math.ceil(domain[1] / size - tolerance), step),
    ];
  }
  return domain;
}
