import fc from "fast-check";
import { expect, test } from "vitest";
import { createRng, Rng, randn } from "./index.ts";

test("the same seed gives the same stream, another seed another one", () => {
  const first = (seed: number): number[] => {
    const rng = createRng(seed);
    return Array.from({ length: 5 }, () => rng.uniform());
  };
  expect(first(442)).toEqual(first(442));
  expect(first(442)).not.toEqual(first(443));
});

test("the stream of seed 442 never changes", () => {
  const rng = createRng(442);
  expect([rng.integer(0, 999), rng.integer(0, 999), rng.integer(0, 999)]).toMatchInlineSnapshot(`
    [
      440,
      7,
      135,
    ]
  `);
});

test("a stream goes on from its state, and a fork does not move its parent", () => {
  const rng = createRng(1);
  rng.uniform();
  const copy = new Rng(rng.state);
  expect(copy.normal()).toBe(rng.normal());
  const fork = rng.fork();
  const parent = new Rng(rng.state);
  fork.uniform();
  expect(rng.uniform()).toBe(parent.uniform());
});

test("a permutation holds every number once", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 200 }), fc.nat(), (n, seed) => {
      expect([...createRng(seed).permutation(n)].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
    }),
  );
});

test("every place of a permutation is equally likely to hold every number", () => {
  const counts = Array.from({ length: 4 }, () => [0, 0, 0, 0]);
  const rng = createRng(3);
  for (let i = 0; i < 8000; i++) rng.permutation(4).forEach((value, place) => counts[place]![value]!++);
  for (const count of counts.flat())
    expect(Math.abs(count - 2000)).toBeLessThan(5 * Math.sqrt(8000 * (1 / 4) * (3 / 4)));
});

test("normal numbers have mean 0, standard deviation as asked, and normal tails", () => {
  const n = 100_001; // odd: the last pair is cut
  const x = randn([n], { rng: createRng(5), scale: 3, dtype: "float64" }).data;
  const mean = x.reduce((a, b) => a + b, 0) / n;
  const std = Math.sqrt(x.reduce((a, b) => a + (b - mean) ** 2, 0) / n);
  const beyond2 = x.filter((v) => Math.abs(v) > 6).length / n;
  expect(Math.abs(mean)).toBeLessThan(5 * (3 / Math.sqrt(n)));
  expect(std).toBeCloseTo(3, 1);
  expect(beyond2).toBeCloseTo(0.0455, 2); // 2·(1 − Φ(2))
});

test("neighbouring seeds are not neighbours", () => {
  const firsts = Array.from({ length: 1000 }, (_, seed) => createRng(seed).uniform());
  const mean = firsts.reduce((a, b) => a + b, 0) / 1000;
  expect(Math.abs(mean - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / 1000));
});

test.each([-1, 1.5, Number.NaN, 2 ** 32])("seed %s is refused", (seed) => {
  expect(() => createRng(seed)).toThrow(
    `createRng: expected seed to be a whole number from 0 to 4294967295, got ${seed}`,
  );
});

test("a seed has many streams, each its own, and the first is that of the seed alone", () => {
  const start = (stream?: number): number[] => createRng(442, stream).state;
  expect(start(0)).toEqual(start());
  expect(new Set(Array.from({ length: 100 }, (_, stream) => start(stream).join())).size).toBe(100);
  expect(createRng(443, 1).state).not.toEqual(start(1));
  expect(() => createRng(1, -1)).toThrow("createRng: expected stream to be a whole number >= 0, got -1");
});
