/** Which runs a report is about, and what is not there yet. */

import type { KeptKind } from "../kept-kinds.ts";
import { type FoundKept, type KeptRecord, listKept } from "../kept-result.ts";
import { type FoundRun, listRuns, type RunRecord } from "../run-folder.ts";
import { readTest, type TestRecord } from "../test-record.ts";

export interface Trained {
  readonly run: FoundRun;
  /** On the test images; undefined before somebody has looked. */
  readonly test: TestRecord | undefined;
}

export type TrainedName = "tuned" | "overfit" | "deep";
export type MissingName = KeptKind | "tuned" | "overfit" | "tuned test" | "deep test";

export interface Missing {
  readonly name: MissingName;
  /** In words, after "Missing:". */
  readonly what: string;
  /** The arguments of the command that makes it. */
  readonly args: readonly string[];
}

export interface ReportParts {
  readonly kept: Partial<Record<KeptKind, FoundKept>>;
  readonly trained: Partial<Record<TrainedName, Trained>>;
  readonly missing: readonly Missing[];
  /** Records that could not be read, one line each. */
  readonly broken: readonly string[];
}

/** What is made where nobody has made one of their own. */
const usual: readonly Missing[] = [
  {
    name: "graph",
    what: "a graph of your own with its gradient check",
    args: ["graph", "f4", "--at", "x=0.8,w=1.5,b=-0.4,y=2", "--keep"],
  },
  { name: "fit", what: "a fit by gradient descent", args: ["fit", "run", "--steps", "500", "--keep"] },
  { name: "compare", what: "gradient descent against RANSAC under outliers", args: ["fit", "compare", "--keep"] },
  { name: "tuned", what: "the two-layer network", args: ["train", "--preset", "tuned"] },
  { name: "overfit", what: "the network that overfits", args: ["train", "--preset", "overfit"] },
];

export async function findParts(runsDir: string): Promise<ReportParts> {
  const [{ kept: allKept, broken: brokenKept }, { runs, broken }] = await Promise.all([
    listKept(runsDir),
    listRuns(runsDir),
  ]);
  const newest = (kind: KeptKind): FoundKept[] => allKept.filter(({ record }) => record.kind === kind).slice(0, 1);
  const kept = Object.fromEntries(
    [...newest("graph"), ...bestFit(allKept), ...newest("compare")].map((found) => [found.record.kind, found]),
  );
  const trained: Partial<Record<TrainedName, Trained>> = {};
  for (const name of ["tuned", "overfit", "deep"] as const) {
    const run = chooseRun(runs, name);
    if (run) trained[name] = { run, test: await readTest(run) };
  }
  const missing = usual.filter(({ name }) => !(name in kept || name in trained)).map((part) => resumable(part, runs));
  for (const name of ["tuned", "deep"] as const) {
    const { run, test } = trained[name] ?? {};
    if (!run || test) continue;
    const what = `the accuracy of ${run.record.name} on the test images, which is measured once, when all settings are chosen`;
    missing.push({ name: `${name} test`, what, args: ["test", "--run", run.record.name] });
  }
  const place = runsDir === "runs" ? [] : [`--runs-dir=${runsDir}`];
  const placed = missing.map((part) => ({ ...part, args: [...part.args, ...place] }));
  return { kept, trained, missing: placed, broken: [...broken, ...brokenKept] };
}

/** A training that was stopped goes on instead of starting again. */
function resumable(part: Missing, runs: readonly FoundRun[]): Missing {
  const stopped = runs.find(
    ({ record }) => isNamed(record, part.name) && record.status === "stopped" && record.results,
  );
  if (!stopped) return part;
  const { name, results, settings } = stopped.record;
  const what = `${part.what}: ${name} was stopped after epoch ${results!.epochs} of ${settings.epochs}`;
  return { ...part, what, args: ["train", "--resume", "--run", name] };
}

/** As `train --preset` names its runs, or `--name tuned-wide`. */
function isNamed({ name }: RunRecord, part: string): boolean {
  return new RegExp(`^${part}(?![\\p{L}\\p{N}])`, "u").test(name);
}

/** Of the finished runs on the newest one's images: the newest that overfits, and the best of the others by validation. */
function chooseRun(runs: readonly FoundRun[], part: TrainedName): FoundRun | undefined {
  const named = runs.filter(({ record }) => isNamed(record, part) && record.status === "finished" && record.results);
  const fitting = part === "deep" ? named : named.filter(({ record }) => record.settings.hiddenDims.length === 1);
  const [newest] = fitting;
  if (!newest || part === "overfit") return newest;
  const comparable = fitting.filter(({ record }) => record.dataset.fingerprint === newest.record.dataset.fingerprint);
  const score = ({ record }: FoundRun): number => record.results!.best.valAccuracy ?? 0;
  return comparable.reduce((best, run) => (score(run) > score(best) ? run : best));
}

/** The descent with the smallest loss among those that fit the newest one's points by the same measure. */
function bestFit(kept: readonly FoundKept[]): FoundKept[] {
  const fits = kept.filter(({ record }) => record.kind === "fit" && "learningRate" in record.settings);
  const [newest] = fits;
  if (!newest) return [];
  const loss = ({ record }: FoundKept): number => Number(record.results.loss ?? Number.POSITIVE_INFINITY);
  const same = fits.filter(({ record }) => pointsOf(record) === pointsOf(newest.record));
  return [same.reduce((best, fit) => (loss(fit) < loss(best) ? fit : best))];
}

/** The built-in points follow from the seed. */
function pointsOf({ settings, seed }: KeptRecord): string {
  return JSON.stringify([settings.data, settings.count, settings.huberDelta, seed]);
}
