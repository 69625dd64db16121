import { describe, expect, test } from "vitest";
import { coordinate, type Journal } from "./coordinator.ts";
import { importances } from "./importance.ts";
import {
  bestResult,
  type Job,
  type JobEvent,
  type Method,
  nextJob,
  type ResultEvent,
  readEvents,
  type Search,
  type SearchEvent,
} from "./search.ts";
import { type Point, parseSpace } from "./space.ts";

const space = parseSpace(
  {
    parameters: {
      kind: { choice: ["a", "b"] },
      x: { linear: [-1, 1] },
      rate: { log: [0.001, 1] },
      more: { integer: [1, 8], when: { kind: "b" } },
    },
  },
  "test",
);
const searchOf = (method: Method): Search => ({
  space,
  seed: 7,
  method,
  trials: 25,
  rungs: method === "asha" ? 3 : 1,
  eta: 3,
});
const valueAt = ({ point, rung }: { point: Point; rung: number }): number =>
  1 - (point.x as number) ** 2 + 0.1 * rung + (point.kind === "b" ? 0.02 * (point.more as number) : 0);

/** An array as a journal; `work` takes turns that differ from job to job. */
async function run(search: Search, events: SearchEvent[], parallel: number, seen: Job[] = []): Promise<SearchEvent[]> {
  const journal: Journal<ResultEvent> = {
    events,
    append: async (event) => void events.push(event),
  };
  await coordinate({
    ...{ search, journal, parallel },
    run: async (job) => {
      seen.push(job);
      for (let turn = (job.trial * 7919) % 13; turn >= 0; turn--) await Promise.resolve();
      const { trial, rung } = job;
      return { type: "result", trial, rung, value: trial % 11 === 10 ? null : valueAt(job) };
    },
  });
  return events;
}

describe.each(["random", "asha", "tpe"] as const)("%s", (method) => {
  const search = searchOf(method);

  test.each([1, 4])("every job follows from the events before it (%i at once)", async (parallel) => {
    const events = await run(search, [], parallel);
    const again = await run(search, [], parallel);
    expect(again).toEqual(events);
    for (const [at, event] of events.entries()) {
      if (event.type !== "job") continue;
      const { type: _, ...job } = event;
      expect(nextJob(search, structuredClone(events.slice(0, at)))).toEqual(job);
    }
    const { points, results, jobs } = readEvents(events);
    expect(points.length).toBe(25);
    expect(results.size).toBe(jobs.size);
    if (method === "asha") expect(Math.max(...[...results.values()].map(({ rung }) => rung))).toBe(2);
    expect(nextJob({ ...search, seed: 8 }, [])).not.toEqual(nextJob(search, []));
  });

  test("cut at any event, the search goes on as if nothing had happened", async () => {
    const whole = await run(search, [], 1);
    for (let kept = 0; kept <= whole.length; kept++) {
      const seen: Job[] = [];
      const events = await run(search, whole.slice(0, kept), 1, seen);
      const known = readEvents(whole.slice(0, kept)).results.size;
      expect(seen.length).toBe(readEvents(whole).jobs.size - known); // only what had no result is done again
      expect([...readEvents(events).results]).toEqual([...readEvents(whole).results]);
      expect(readEvents(events).points).toEqual(readEvents(whole).points);
    }
  });

  test("cut at any event with four at once, at most what was in flight is repeated", async () => {
    const whole = await run(search, [], 4);
    for (let kept = 0; kept <= whole.length; kept++) {
      const events = await run(search, whole.slice(0, kept), 4);
      const repeated = events.filter(({ type }) => type === "job").length - readEvents(events).jobs.size;
      expect(repeated).toBeLessThanOrEqual(4);
      expect(readEvents(events).points.length).toBe(25);
    }
  });
});

test("the first result of a trial at a rung wins, a result without a job counts for nothing", () => {
  const job: JobEvent = { type: "job", trial: 0, rung: 0, point: { x: 1 } };
  const result = (trial: number, value: number): ResultEvent => ({ type: "result", trial, rung: 0, value });
  const { results } = readEvents([job, result(0, 0.5), result(0, 0.9), result(3, 1)]);
  expect([...results.values()]).toEqual([result(0, 0.5)]);
});

test("the best has climbed highest; of equals the first", () => {
  const events: SearchEvent[] = [];
  const add = (trial: number, rung: number, value: number | null): void =>
    void events.push({ type: "job", trial, rung, point: {} }, { type: "result", trial, rung, value });
  add(0, 0, 0.9);
  add(1, 0, 0.8);
  add(1, 1, 0.85);
  add(2, 1, 0.85);
  add(3, 1, null);
  expect(bestResult(readEvents(events))).toMatchObject({ trial: 1, rung: 1 });
});

describe("which parameters mattered", () => {
  const events = Array.from(
    { length: 60 },
    (_, trial) => nextJob({ ...searchOf("random"), trials: 100 }, jobs(trial))!.point,
  );
  function jobs(count: number): JobEvent[] {
    return Array.from({ length: count }, (_, trial) => ({ type: "job", trial, rung: 0, point: {} }));
  }
  test("those that do come first, and those that do not get next to nothing", () => {
    const found = importances(
      space,
      events.map((point) => ({ point, value: valueAt({ point, rung: 0 }) })),
      1,
    );
    expect(found[0]!.parameter).toBe("x");
    expect(found[0]!.share).toBeGreaterThan(0.6);
    const rate = found.find(({ parameter }) => parameter === "rate")!;
    expect(rate.share).toBeLessThan(0.2);
    for (const { share, spread } of found) {
      expect(spread[0]).toBeLessThanOrEqual(share + 0.1);
      expect(spread[1]).toBeGreaterThanOrEqual(share - 0.1);
    }
  });

  test("fewer than twenty trials are refused with a sentence", () => {
    const few = events.slice(0, 19).map((point) => ({ point, value: 0 }));
    expect(() => importances(space, few, 1)).toThrow("takes 20 finished trials to say, and there are 19");
  });
});
