import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";
import type { RandomGenerator } from "pure-rand/types/RandomGenerator";
import { checkInteger } from "../errors.ts";

/** A seeded stream of random numbers (xoroshiro128+): the same seed gives the same stream everywhere. */
export class Rng {
  readonly #generator: RandomGenerator;

  /** @param state - four 32-bit whole numbers, as {@link Rng.state} returns them */
  constructor(state: readonly number[]) {
    this.#generator = xoroshiro128plusFromState(state);
  }

  /** Where the stream stands; `new Rng(state)` goes on from there. */
  get state(): number[] {
    return [...this.#generator.getState()];
  }

  /** A stream of its own that starts from here: what one of them draws does not move the other. */
  fork(): Rng {
    return new Rng(Array.from({ length: 4 }, () => this.#generator.next()));
  }

  /** A number from 0 (included) to 1 (excluded), a multiple of 2⁻⁵³. */
  uniform(): number {
    return uniformFloat64(this.#generator);
  }

  /** A whole number from `min` to `max`, both included. */
  integer(min: number, max: number): number {
    return uniformInt(this.#generator, min, max);
  }

  /** A normal number with mean 0 and standard deviation 1. */
  normal(): number {
    const pair = new Float64Array(2);
    this.fillNormal(pair);
    return pair[0]!;
  }

  /** Fills `out` with normal numbers times `scale`, two at a time (Box and Muller 1958). */
  fillNormal(out: Float32Array | Float64Array, scale = 1): void {
    for (let i = 0; i < out.length; i += 2) {
      const radius = scale * Math.sqrt(-2 * Math.log(1 - this.uniform())); // 1 − u is never 0
      const angle = 2 * Math.PI * this.uniform();
      out[i] = radius * Math.cos(angle);
      if (i + 1 < out.length) out[i + 1] = radius * Math.sin(angle);
    }
  }

  /** The whole numbers 0 … n−1 in random order (Fisher and Yates). */
  permutation(n: number): Int32Array {
    checkInteger("permutation", "n", n, 0);
    const order = Int32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = this.integer(0, i);
      const kept = order[i]!;
      order[i] = order[j]!;
      order[j] = kept;
    }
    return order;
  }
}

/**
 * @param seed - a whole number from 0 to 2³²−1
 * @param stream - one of many streams from the same seed, for instance the number of a step; a whole number >= 0, default 0
 * @throws {SettingError} for any other seed or stream
 */
export function createRng(seed: number, stream = 0): Rng {
  checkInteger("createRng", "seed", seed, 0, 2 ** 32 - 1);
  checkInteger("createRng", "stream", stream, 0);
  // Neighbouring seeds must not give neighbouring streams: spread the seed over the state (splitmix32).
  let counter = seed | 0;
  const next = (): number => {
    counter = (counter + 0x9e3779b9) | 0;
    let z = counter;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) | 0;
  };
  if (stream !== 0) counter = (next() ^ Math.imul(stream, 0x85ebca77)) | 0;
  return new Rng([next(), next(), next(), next()]);
}
