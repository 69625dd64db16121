import { describe, expect, test } from "vitest";
import { type ScheduleName, schedules, scheduleWithWarmup } from "./index.ts";

describe("shares of the learning rate", () => {
  test.each<[ScheduleName, readonly (readonly [progress: number, share: number])[]]>([
    [
      "constant",
      [
        [0, 1],
        [0.5, 1],
        [1, 1],
      ],
    ],
    [
      "step",
      [
        [0, 1],
        [0.49, 1],
        [0.5, 0.1],
        [0.74, 0.1],
        [0.75, 0.01],
        [1, 0.01],
      ],
    ],
    [
      "linear",
      [
        [0, 1],
        [0.25, 0.75],
        [1, 0],
      ],
    ],
    [
      "cosine",
      [
        [0, 1],
        [0.5, 0.5],
        [2 / 3, 0.25],
        [1, 0],
      ],
    ],
    // 1/25 at the start, 1 at 30%, half way up at 15%: (1 + 1/25) / 2; half way down at 65%
    [
      "one-cycle",
      [
        [0, 0.04],
        [0.15, 0.52],
        [0.3, 1],
        [0.65, 0.5 + 2e-6],
        [1, 4e-6],
      ],
    ],
  ])("%s, by hand", (name, points) => {
    for (const [progress, share] of points) expect(schedules[name](progress)).toBeCloseTo(share, 14);
  });

  test("a warm-up rises in a straight line, whose first step is not lost; the schedule has the rest", () => {
    const schedule = scheduleWithWarmup("linear", 0.2, 20); // 20 steps, 4 of warm-up
    const shares = Array.from({ length: 20 }, (_, step) => schedule(step / 20));
    [0.25, 0.5, 0.75, 1, 1, 15 / 16].forEach((share, step) => {
      expect(shares[step]).toBeCloseTo(share, 12);
    });
    expect(shares[19]).toBeCloseTo(1 / 16, 12);
    expect(scheduleWithWarmup("cosine", 0, 20)).toBe(schedules.cosine);
  });

  test("a warm-up that is no share of the run, or in front of one-cycle, is refused", () => {
    expect(() => scheduleWithWarmup("linear", 1, 20)).toThrow("schedule: expected warmup from 0 to below 1, got 1");
    expect(() => scheduleWithWarmup("one-cycle", 0.1, 20)).toThrow("one-cycle, which has its own");
  });
});
