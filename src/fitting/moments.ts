/** Thirteen sums over points and targets, in one pass: all that least squares and descent need of them. */
import { momentsModule } from "./moments.generated.ts";

/**
 * `Σ dx, Σ dy, Σ du, Σ dv, Σ dx², Σ dx·dy, Σ dy², Σ dx·du, Σ dy·du, Σ dx·dv, Σ dy·dv, Σ du², Σ dv²`, where (dx, dy) is a
 * point's offset from the first point and (du, dv) its target's from the first target.
 *
 * A loop that runs once runs interpreted, with every intermediate number on the heap. For many points WebAssembly, compiled
 * before it runs, does the same sums; {@link loopMoments} is the definition that it must agree with.
 * @param from - x₀ y₀ x₁ y₁ …, at least one point; `to` as many
 */
export function sumMoments(from: Float64Array, to: Float64Array): Float64Array {
  const compiled = from.length < 2 * fewPoints ? undefined : load();
  if (!compiled) return loopMoments(from, to);
  const { memory, sum } = compiled;
  const sums = memory.subarray(4 * blockPoints, 4 * blockPoints + 13).fill(0);
  for (let start = 0; start < from.length; start += 2 * blockPoints) {
    const end = Math.min(from.length, start + 2 * blockPoints);
    memory.set(from.subarray(start, end), 0);
    memory.set(to.subarray(start, end), 2 * blockPoints);
    sum((end - start) / 2, 16 * blockPoints, 32 * blockPoints, from[0]!, from[1]!, to[0]!, to[1]!);
  }
  return sums.slice();
}

/** The definition of {@link sumMoments}. */
export function loopMoments(from: Float64Array, to: Float64Array): Float64Array {
  const x0 = from[0]!;
  const y0 = from[1]!;
  const u0 = to[0]!;
  const v0 = to[1]!;
  let x = 0;
  let y = 0;
  let u = 0;
  let v = 0;
  let xx = 0;
  let xy = 0;
  let yy = 0;
  let xu = 0;
  let yu = 0;
  let xv = 0;
  let yv = 0;
  let uu = 0;
  let vv = 0;
  for (let i = 0; i < from.length; i += 2) {
    const dx = from[i]! - x0;
    const dy = from[i + 1]! - y0;
    const du = to[i]! - u0;
    const dv = to[i + 1]! - v0;
    x += dx;
    y += dy;
    u += du;
    v += dv;
    xx += dx * dx;
    xy += dx * dy;
    yy += dy * dy;
    xu += dx * du;
    yu += dy * du;
    xv += dx * dv;
    yv += dy * dv;
    uu += du * du;
    vv += dv * dv;
  }
  return Float64Array.of(x, y, u, v, xx, xy, yy, xu, yu, xv, yv, uu, vv);
}

const fewPoints = 1000; // the loop is through before the module is compiled
const blockPoints = 1024; // copied into the module's memory at a time: 16 kB of points, as much of targets, then the sums

interface Compiled {
  readonly memory: Float64Array;
  readonly sum: (count: number, targets: number, sums: number, x: number, y: number, u: number, v: number) => void;
}

let loaded: Compiled | undefined | "impossible";

/** Makes the first {@link sumMoments} as fast as the next ones: for whoever times it. */
export function compileMoments(): void {
  load();
}

/** `undefined` where WebAssembly is missing or forbidden, as a page's security policy can. */
function load(): Compiled | undefined {
  if (loaded === undefined)
    try {
      const bytes = Uint8Array.from(atob(momentsModule), (character) => character.charCodeAt(0));
      const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
      const memory = new Float64Array((exports.memory as WebAssembly.Memory).buffer);
      loaded = { memory, sum: exports.sumMoments as Compiled["sum"] };
    } catch {
      loaded = "impossible";
    }
  return loaded === "impossible" ? undefined : loaded;
}
