import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRng, tensor, zeros } from "../tensor/index.ts";
import { allShifts, augmentImage, changeImage, checkAugmentation, drawChange, mixUp } from "./augmentation.ts";

const size = { channels: 1, height: 2, width: 3 };
const image = Uint8Array.of(1, 2, 3, 4, 5, 6);
const changed = (change: { mirrored?: boolean; right?: number; down?: number }): number[] => {
  const out = new Uint8Array(6);
  changeImage(image, size, { mirrored: false, right: 0, down: 0, ...change }, out);
  return [...out];
};

describe("one image, by hand", () => {
  test.each([
    ["as it is", {}, [1, 2, 3, 4, 5, 6]],
    ["mirrored", { mirrored: true }, [3, 2, 1, 6, 5, 4]],
    ["one to the right, the edge repeated", { right: 1 }, [1, 1, 2, 4, 4, 5]],
    ["two to the left", { right: -2 }, [3, 3, 3, 6, 6, 6]],
    ["one down", { down: 1 }, [1, 2, 3, 1, 2, 3]],
    ["one up", { down: -1 }, [4, 5, 6, 4, 5, 6]],
    ["shifted to the right, then mirrored", { right: 1, mirrored: true }, [2, 1, 1, 5, 4, 4]],
  ])("%s", (_, change, expected) => {
    expect(changed(change)).toEqual(expected);
  });

  test("channels do not mix", () => {
    const out = new Uint8Array(4);
    changeImage(
      Uint8Array.of(1, 2, 8, 9),
      { channels: 2, height: 1, width: 2 },
      { mirrored: true, right: 0, down: 0 },
      out,
    );
    expect([...out]).toEqual([2, 1, 9, 8]);
  });

  test("a cutout is a grey square of that side, cut off at the edges", () => {
    const large = { channels: 1, height: 9, width: 9 };
    const sides = new Set<number>();
    for (let seed = 0; seed < 200; seed++) {
      const out = new Uint8Array(81);
      augmentImage(new Uint8Array(81).fill(7), large, { cutout: 4 }, createRng(seed), out);
      const grey = [...out.keys()].filter((p) => out[p] === 128);
      expect(grey.length + out.filter((value) => value === 7).length).toBe(81);
      sides.add(grey.length);
      expect(grey.length).toBeGreaterThanOrEqual(4);
    }
    expect(Math.max(...sides)).toBe(16);
    expect(sides.size).toBeGreaterThan(3);
  });

  test("jitter changes brightness and contrast by up to its share, and stays within bytes", () => {
    const flat = new Uint8Array(6).fill(100);
    const values: number[] = [];
    for (let seed = 0; seed < 300; seed++) {
      const out = new Uint8Array(6);
      augmentImage(flat, size, { jitter: 0.2 }, createRng(seed), out);
      expect(new Set(out).size).toBe(1); // a flat image has no contrast to change
      values.push(out[0]!);
    }
    expect(Math.min(...values)).toBeGreaterThanOrEqual(49);
    expect(Math.max(...values)).toBeLessThanOrEqual(151);
    expect(Math.max(...values) - Math.min(...values)).toBeGreaterThan(80);
    const spread = new Set<number>();
    for (let seed = 0; seed < 50; seed++) {
      const out = new Uint8Array(6);
      augmentImage(Uint8Array.of(0, 255, 0, 255, 0, 255), size, { jitter: 0.5 }, createRng(seed), out);
      spread.add(out[1]! - out[0]!);
    }
    expect(spread.size).toBeGreaterThan(20);
  });
});

test("a generator decides all: the same one the same change, every change as often as it should be", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (seed) => {
      const all = { mirror: true, shift: 2, jitter: 0.3, cutout: 2 };
      const [a, b] = [new Uint8Array(6), new Uint8Array(6)];
      augmentImage(image, size, all, createRng(seed), a);
      augmentImage(image, size, all, createRng(seed), b);
      expect(a).toEqual(b);
    }),
  );
  const rng = createRng(1);
  const drawn = Array.from({ length: 5000 }, () => drawChange({ mirror: true, shift: 1 }, rng));
  expect(Math.abs(drawn.filter(({ mirrored }) => mirrored).length / 5000 - 0.5)).toBeLessThan(0.03);
  for (const at of [-1, 0, 1]) {
    expect(Math.abs(drawn.filter(({ right }) => right === at).length / 5000 - 1 / 3)).toBeLessThan(0.03);
    expect(Math.abs(drawn.filter(({ down }) => down === at).length / 5000 - 1 / 3)).toBeLessThan(0.03);
  }
  expect(drawChange({}, rng)).toEqual({ mirrored: false, right: 0, down: 0 });
});

test("all shifts of one pixel, from the top left", () => {
  expect(allShifts(1).map(({ right, down }) => `${right},${down}`)).toEqual([
    ...["-1,-1", "0,-1", "1,-1", "-1,0", "0,0", "1,0", "-1,1", "0,1", "1,1"],
  ]);
});

describe("mixup", () => {
  test("examples and targets are mixed by the same share with the same partner", () => {
    // Each example is its own number, and its label says which: what it was mixed of can be read from both.
    for (let seed = 0; seed < 20; seed++) {
      const x = tensor([[0], [1], [2], [3]]);
      const targets = zeros([4, 4]);
      mixUp(x, [0, 1, 2, 3], targets, 0.4, createRng(seed));
      const shares = new Set<string>();
      for (let i = 0; i < 4; i++) {
        const row = [...targets.data.subarray(4 * i, 4 * i + 4)];
        expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 6);
        expect(row.reduce((sum, share, label) => sum + share * label, 0)).toBeCloseTo(x.data[i]!, 5);
        if (row[i]! < 1) shares.add(row[i]!.toFixed(5));
      }
      expect(shares.size).toBeLessThanOrEqual(1); // one share for the batch
    }
  });

  test("the shares are spread as Beta(alpha, alpha) says: variance 1 / (4 · (2 · alpha + 1))", () => {
    for (const alpha of [0.2, 1, 4]) {
      let [sum, squares, count] = [0, 0, 0];
      for (let seed = 0; seed < 4000; seed++) {
        const targets = zeros([2, 2]);
        mixUp(tensor([[0], [1]]), [0, 1], targets, alpha, createRng(seed));
        const share = targets.data[0]!;
        if (share === 1) continue; // mixed with itself
        sum += share;
        squares += (share - 0.5) ** 2;
        count++;
      }
      expect(Math.abs(sum / count - 0.5)).toBeLessThan(0.04);
      expect(Math.abs((squares / count) * 4 * (2 * alpha + 1) - 1)).toBeLessThan(0.12);
    }
  });
});

test.each([
  [{ shift: -1 }, "augmentation: expected shift to be a whole number >= 0, got -1"],
  [{ shift: 0.5 }, "augmentation: expected shift to be a whole number >= 0, got 0.5"],
  [{ jitter: 1 }, "augmentation: expected jitter from 0 to below 1, got 1"],
  [{ cutout: -2 }, "augmentation: expected cutout to be a whole number >= 0, got -2"],
  [{ mixup: 0 }, "augmentation: expected mixup > 0, got 0"],
])("%o is refused", (augmentation, message) => {
  expect(() => checkAugmentation(augmentation)).toThrow(message);
});
