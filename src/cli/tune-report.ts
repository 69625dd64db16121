/** What is made of the log of a search: tables, pictures, the best model. */
import { join } from "node:path";
import { readBytes, writeFile } from "../node/files.ts";
import type { SearchRecord } from "../node/search-folder.ts";
import type { LogEvent, TrialResult } from "../node/search-log.ts";
import { bestSoFarPlot, parallelCoordinates, settingsPlot, type TuningAxis } from "../plots/tuning-plots.ts";
import type { TrainSettings } from "../training/index.ts";
import {
  bestResult,
  fewestTrials,
  type Importance,
  importances,
  type Parameter,
  type Point,
  readEvents,
  searched,
  settingsAt,
} from "../tuning/index.ts";
import { formatCsv } from "./csv.ts";

export interface TrialRow {
  readonly trial: number;
  readonly status: TrialResult["status"];
  readonly rung: number;
  readonly epochs: number;
  readonly value: number | null;
  readonly seconds: number;
  readonly point: Point;
  readonly message?: string;
}

export interface Best extends TrialRow {
  readonly settings: TrainSettings;
}

export interface Report {
  readonly name: string;
  readonly method: string;
  readonly dataset: string;
  readonly best: Best | null;
  readonly importances: readonly Importance[] | null;
  readonly importancesRefused?: string;
  readonly trials: readonly TrialRow[];
}

export async function writeReport(folder: string, record: SearchRecord, events: readonly LogEvent[]): Promise<Report> {
  const state = readEvents<TrialResult>(events);
  const { points, results } = state;
  const rows = points.flatMap((point, trial): TrialRow[] => {
    const last = [...results.values()].filter((result) => result.trial === trial).sort((a, b) => b.rung - a.rung)[0];
    if (!last) return [];
    const { status, rung, epochs, value, seconds, message } = last;
    return [{ trial, status, rung, epochs, value, seconds, point, ...(message !== undefined && { message }) }];
  });
  const winner = bestResult(state);
  const row = winner && rows.find(({ trial }) => trial === winner.trial);
  const best: Best | null = row
    ? {
        ...row,
        value: winner.value,
        epochs: winner.epochs,
        settings: settingsAt(record.space, record.settings, row.point),
      }
    : null;
  const firsts = firstRung(points, [...results.values()]);
  const isEnough = firsts.length >= fewestTrials;
  const report: Report = {
    ...{ name: record.name, method: record.method, dataset: record.dataset.name, best },
    importances: isEnough ? importances(record.space, firsts, record.seed) : null,
    ...(!isEnough && {
      importancesRefused: `which settings mattered takes ${fewestTrials} finished trials to say, there are ${firsts.length}`,
    }),
    trials: rows,
  };
  const parameters = searched(record.space);
  await writeFile(join(folder, "results.json"), `${JSON.stringify(report, null, 2)}\n`);
  await writeFile(join(folder, "results.csv"), csvOf(parameters, rows));
  await drawPictures(folder, record.name, parameters, [...results.values()], firsts);
  const model = winner?.file && (await readBytes(join(folder, winner.file)).catch(() => undefined)); // or removed by hand
  if (model) await writeFile(join(folder, "best.safetensors"), model);
  return report;
}

interface First {
  readonly point: Point;
  readonly value: number;
}

/** The values of all trials at the first rung, where they compare; one that came to nothing counts as the lowest. */
function firstRung(points: readonly Point[], results: readonly TrialResult[]): First[] {
  const firsts = results.filter(({ rung }) => rung === 0);
  const lowest = Math.min(...firsts.flatMap(({ value }) => (value === null ? [] : [value])));
  if (!Number.isFinite(lowest)) return [];
  return firsts.map(({ trial, value }) => ({ point: points[trial]!, value: value ?? lowest }));
}

function csvOf(parameters: readonly Parameter[], rows: readonly TrialRow[]): string {
  const cell = (value: unknown): string =>
    value === undefined || value === null ? "" : typeof value === "string" ? value : JSON.stringify(value);
  const names = parameters.map(({ name }) => name);
  const head = ["trial", "status", "epochs", "val_accuracy", "seconds", ...names, "message"];
  const lines = rows.map(({ trial, status, epochs, value, seconds, point, message }) =>
    [trial, status, epochs, value, Number(seconds.toFixed(3)), ...names.map((name) => point[name]), message].map(cell),
  );
  return formatCsv([head, ...lines]);
}

async function drawPictures(
  folder: string,
  title: string,
  parameters: readonly Parameter[],
  results: readonly TrialResult[],
  firsts: readonly First[],
): Promise<void> {
  let [epochs, seconds] = [0, 0];
  const spent = new Map<number, TrialResult>(); // what the trial had cost before
  const costs = results.map((result) => {
    const before = spent.get(result.trial);
    epochs += result.epochs - (before?.epochs ?? 0);
    seconds += result.seconds - (before?.seconds ?? 0);
    spent.set(result.trial, result);
    return { epochs, seconds, value: result.value };
  });
  const counted = costs.filter(({ value }) => value !== null);
  const progress = {
    epochs: counted.map((one) => one.epochs),
    seconds: counted.map((one) => one.seconds),
    values: counted.map((one) => one.value!),
  };
  const axes = parameters.map((parameter) => axisOf(parameter, firsts));
  const values = firsts.map(({ value }) => value);
  await writeFile(join(folder, "best-so-far.svg"), bestSoFarPlot(progress, { title }));
  await writeFile(join(folder, "settings.svg"), settingsPlot(axes, values, { title: `${title}: each setting` }));
  await writeFile(join(folder, "parallel.svg"), parallelCoordinates(axes, values));
}

function axisOf({ name, range }: Parameter, firsts: readonly First[]): TuningAxis {
  const values = firsts.map(({ point }) => point[name]);
  if (range.kind !== "choice") {
    const scale = range.kind === "logInteger" ? "log" : range.kind;
    return { name, scale, values: values.map((value) => (value as number | undefined) ?? Number.NaN) };
  }
  const choices = range.values.map((value) => (typeof value === "string" ? value : JSON.stringify(value)));
  const index = (value: unknown): number =>
    value === undefined ? Number.NaN : choices.indexOf(typeof value === "string" ? value : JSON.stringify(value));
  return { name, scale: "choice", choices, values: values.map(index) };
}
