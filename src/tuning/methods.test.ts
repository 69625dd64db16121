/** ASHA and the median rule by hand, TPE against random on functions whose best value is known. */
import { describe, expect, test } from "vitest";
import { isBelowMedian } from "./median-rule.ts";
import { numberDensity } from "./parzen.ts";
import { nextJob, type Search, type SearchEvent } from "./search.ts";
import { type Point, parseSpace, type Space } from "./space.ts";
import { findPromotion, rungEpochs } from "./successive-halving.ts";

describe("successive halving", () => {
  test.each([
    [{ epochs: 27, minEpochs: 1, eta: 3, trials: 100 }, [1, 3, 9, 27]],
    [{ epochs: 27, minEpochs: 2, eta: 3, trials: 100 }, [3, 9, 27]],
    [{ epochs: 20, minEpochs: 1, eta: 3, trials: 100 }, [2, 7, 20]],
    [{ epochs: 27, minEpochs: 1, eta: 3, trials: 9 }, [3, 9, 27]],
    [{ epochs: 1, minEpochs: 1, eta: 3, trials: 9 }, [1]],
    [{ epochs: 8, minEpochs: 1, eta: 2, trials: 2 }, [4, 8]],
  ])("%j has rungs after %j epochs", (options, rungs) => {
    expect(rungEpochs(options)).toEqual(rungs);
  });

  const at = (...values: (number | null)[]) => values.map((value, trial) => ({ trial, value }));
  test("a third of what a rung holds goes on, the best first, each once", () => {
    const promoted = new Set<string>();
    const next = (...rungs: { trial: number; value: number | null }[][]) =>
      findPromotion(rungs, (trial, rung) => promoted.has(`${trial}/${rung}`), 3);
    expect(next(at(0.1, 0.9), [], [])).toBeUndefined(); // ⌊2/3⌋ = 0
    expect(next(at(0.1, 0.9, 0.5), [], [])).toEqual({ trial: 1, rung: 1 });
    promoted.add("1/0");
    expect(next(at(0.1, 0.9, 0.5, 0.6, 0.2), [], [])).toBeUndefined(); // still one
    expect(next(at(0.1, 0.9, 0.5, 0.6, 0.2, 0.3), [], [])).toEqual({ trial: 3, rung: 1 });
    promoted.add("3/0");
    // A higher rung comes first; equals: the earlier trial.
    const second = [1, 3, 4].map((trial) => ({ trial, value: 0.7 }));
    expect(next(at(0.1, 0.9, 0.5, 0.6, 0.8, 0.3, 0.9, 0, 0), second, [])).toEqual({ trial: 1, rung: 2 });
    expect(next(at(null, null, null), [], [])).toBeUndefined();
  });
});

test("the median rule: the best so far against the median of the others' means up to there", () => {
  const others = [[0.1, 0.3, 0.9], [0.2, 0.4, 0.9], [0.4, 0.6], [0.5, 0.7, 0.9], [0.6]]; // means to epoch 2: 0.2 0.3 0.5 0.6
  expect(isBelowMedian([0.1, 0.39], others, { minTrials: 4 })).toBe(true); // median 0.4
  expect(isBelowMedian([0.41, 0.1], others, { minTrials: 4 })).toBe(false);
  expect(isBelowMedian([0.1, 0.39], others)).toBe(false); // only four came so far
  expect(isBelowMedian([0], others, { minTrials: 4 })).toBe(false); // too early
});

test("a Parzen density is one over its line, and highest where observations are", () => {
  const range = { kind: "linear", low: -1, high: 3 } as const;
  const density = numberDensity(range, [2, 2.1, 2.2]);
  let sum = 0;
  for (let i = 0; i < 4000; i++) sum += Math.exp(density.logAt(-1 + (i + 0.5) / 1000)) / 1000;
  expect(sum).toBeCloseTo(1, 4);
  expect(density.logAt(2.1)).toBeGreaterThan(density.logAt(0) + 1);
});

interface Case {
  readonly name: string;
  readonly space: Space;
  readonly loss: (point: Point) => number;
}

const line = (low: number, high: number): object => ({ linear: [low, high] });
const spaceOf = (parameters: object): Space => parseSpace({ parameters }, "test");
const hartmann = {
  alpha: [1, 1.2, 3, 3.2],
  a: [
    [10, 3, 17, 3.5, 1.7, 8],
    [0.05, 10, 17, 0.1, 8, 14],
    [3, 3.5, 1.7, 10, 17, 8],
    [17, 8, 0.05, 10, 0.1, 14],
  ],
  p: [
    [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
    [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
    [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.665],
    [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
  ],
};
/** Branin, Hartmann 6: https://www.sfu.ca/~ssurjano/optimization.html */
const cases: readonly Case[] = [
  {
    name: "Branin",
    space: spaceOf({ x: line(-5, 10), y: line(0, 15) }),
    loss: (point) => {
      const { x, y } = point as { x: number; y: number };
      const bend = y - (5.1 * x * x) / (4 * Math.PI ** 2) + (5 * x) / Math.PI - 6;
      return bend ** 2 + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) + 10 - 0.397887;
    },
  },
  {
    name: "Hartmann 6",
    space: spaceOf(Object.fromEntries([0, 1, 2, 3, 4, 5].map((i) => [`x${i}`, line(0, 1)]))),
    loss: (point) => {
      const terms = hartmann.alpha.map((alpha, k) => {
        const distance = hartmann.a[k]!.reduce(
          (sum, a, i) => sum + a * ((point[`x${i}`] as number) - hartmann.p[k]![i]!) ** 2,
          0,
        );
        return alpha * Math.exp(-distance);
      });
      return 3.32237 - terms.reduce((sum, term) => sum + term, 0);
    },
  },
  {
    name: "a conditional function with a logarithmic axis",
    space: spaceOf({
      kind: { choice: ["a", "b", "c"] },
      rate: { log: [1e-5, 1] },
      n: { integer: [1, 20] },
      inner: { linear: [-1, 1], when: { kind: "b" } },
    }),
    loss: (point) => {
      const { kind, rate, n, inner = 1 } = point as { kind: string; rate: number; n: number; inner?: number };
      return (
        (kind === "b" ? inner * inner : kind === "a" ? 1 : 2) + (Math.log10(rate) + 3) ** 2 / 4 + ((n - 14) / 10) ** 2
      );
    },
  },
];

/** The lowest loss of a search, one trial after the other. */
function lowest({ space, loss }: Case, method: "random" | "tpe", seed: number, trials: number): number {
  const search: Search = { space, seed, method, trials, rungs: 1, eta: 3 };
  const events: SearchEvent[] = [];
  let best = Number.POSITIVE_INFINITY;
  for (;;) {
    const job = nextJob(search, events);
    if (!job) return best;
    const found = loss(job.point);
    best = Math.min(best, found);
    events.push({ type: "job", ...job }, { type: "result", trial: job.trial, rung: 0, value: -found });
  }
}

test.each(cases)("TPE finds more than random in 60 trials, the median of ten seeds: $name", (one) => {
  const medianOf = (method: "random" | "tpe"): number => {
    const found = Array.from({ length: 10 }, (_, seed) => lowest(one, method, seed, 60)).sort((a, b) => a - b);
    return (found[4]! + found[5]!) / 2;
  };
  expect(medianOf("tpe")).toBeLessThan(0.6 * medianOf("random"));
});
