/**
 * A search as a pure function: what it does next follows from the space, the seed and the events recorded so far, and from nothing
 * else. So whoever has the events can go on with it.
 */
import { checkInteger, checkName, SettingError } from "../errors.ts";
import { createRng } from "../tensor/index.ts";
import { randomPoint } from "./random.ts";
import type { Point, Space } from "./space.ts";
import { findPromotion, type RungResult } from "./successive-halving.ts";
import { tpePoint } from "./tpe.ts";

export const methods = ["random", "asha", "tpe"] as const;
export type Method = (typeof methods)[number];

export interface Search {
  readonly space: Space;
  readonly seed: number;
  readonly method: Method;
  readonly trials: number;
  /** how many rungs a trial may climb; 1 but for asha */
  readonly rungs: number;
  readonly eta: number; // asha: one in so many goes on
}

/** A piece of work: a trial up to a rung. */
export interface Job {
  readonly trial: number; // 0, 1, …
  readonly rung: number; // 0, 1, …
  readonly point: Point;
}

export interface JobEvent extends Job {
  readonly type: "job";
}

export interface ResultEvent {
  readonly type: "result";
  readonly trial: number;
  readonly rung: number;
  /** higher is better; null when it came to nothing */
  readonly value: number | null;
}

export type SearchEvent = JobEvent | ResultEvent;

/** @throws {SettingError} for numbers out of range */
export function checkSearch(search: Search): Search {
  const { seed, method, trials, rungs, eta } = search;
  checkInteger("tune", "seed", seed, 0, 2 ** 32 - 1);
  checkName("tune", "method", method, methods);
  checkInteger("tune", "trials", trials, 1, 100_000);
  checkInteger("tune", "eta", eta, 2, 100);
  checkInteger("tune", "rungs", rungs, 1);
  if (method !== "asha" && rungs !== 1) throw new SettingError(`tune: expected 1 rung with ${method}, got ${rungs}`);
  return search;
}

/** What the events say: the first job and the first result of a trial at a rung count, later ones are repetitions. */
export interface SearchState<R extends ResultEvent = ResultEvent> {
  readonly points: readonly Point[]; // of every trial
  readonly jobs: ReadonlyMap<string, Job>;
  readonly results: ReadonlyMap<string, R>;
}

export const keyOf = ({ trial, rung }: { readonly trial: number; readonly rung: number }): string => `${trial}/${rung}`;

export function readEvents<R extends ResultEvent>(events: readonly (JobEvent | R)[]): SearchState<R> {
  const points: Point[] = [];
  const jobs = new Map<string, Job>();
  const results = new Map<string, R>();
  for (const event of events) {
    const key = keyOf(event);
    if (event.type === "result") {
      if (jobs.has(key) && !results.has(key)) results.set(key, event);
    } else if (!jobs.has(key)) {
      const { trial, rung, point } = event;
      jobs.set(key, { trial, rung, point });
      points[trial] ??= point;
    }
  }
  return { points, jobs, results };
}

/** Jobs without a result, in the order in which they were started. */
export function jobsInFlight({ jobs, results }: SearchState): Job[] {
  return [...jobs].filter(([key]) => !results.has(key)).map(([, job]) => job);
}

/**
 * The next job; undefined when there is none, for good if nothing is in flight.
 * Trial n draws from stream n + 1 of the seed.
 */
export function nextJob(search: Search, events: readonly SearchEvent[]): Job | undefined {
  const state = readEvents(events);
  const { points, jobs } = state;
  const promotion =
    search.method === "asha"
      ? findPromotion(
          resultsByRung(state, search.rungs),
          (trial, rung) => jobs.has(keyOf({ trial, rung: rung + 1 })),
          search.eta,
        )
      : undefined;
  if (promotion) return { ...promotion, point: points[promotion.trial]! };
  const trial = points.length;
  return trial < search.trials ? { trial, rung: 0, point: pointOf(search, trial, state) } : undefined;
}

function pointOf({ space, seed, method }: Search, trial: number, state: SearchState): Point {
  const rng = createRng(seed, trial + 1);
  if (method !== "tpe") return randomPoint(space, rng);
  const done = [...state.results.values()].map(({ trial, value }) => ({ trial, value, point: state.points[trial]! }));
  const pending = jobsInFlight(state).map(({ point }) => point);
  return tpePoint(space, rng, done, pending);
}

function resultsByRung({ results }: SearchState, rungs: number): RungResult[][] {
  const byRung: RungResult[][] = Array.from({ length: rungs }, () => []);
  for (const result of results.values()) byRung[result.rung]?.push(result);
  return byRung;
}

/**
 * The best result of all; the first of equals. Where trials climb rungs, one that climbed higher beats one that did not: values of
 * different rungs do not compare.
 */
export function bestResult<R extends ResultEvent>({ results }: SearchState<R>): R | undefined {
  let best: R | undefined;
  for (const result of results.values()) {
    if (result.value === null) continue;
    const isBetter = !best || result.rung > best.rung || (result.rung === best.rung && result.value > best.value!);
    if (isBetter) best = result;
  }
  return best;
}
