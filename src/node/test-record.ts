/** `test.json` in the folder of a run: what its model scored on the test images, and how often somebody has looked. */
import { join } from "node:path";
import type { Evaluation } from "../training/index.ts";
import { readText, writeFile } from "./files.ts";
import { type Origin, originHere } from "./machine.ts";
import type { FoundRun } from "./run-folder.ts";

export interface TestRecord extends Origin, Evaluation {
  readonly format: 1;
  readonly measured: string; // ISO 8601
  /** How often the test images were looked at in this folder, this time included. */
  readonly times: number;
  /** The run's own `updated` at that time: a run that goes on must be tested again. */
  readonly runUpdated: string;
  readonly dataset: string;
  readonly count: number;
  readonly classNames: readonly string[];
  readonly kernels: string;
}

const file = "test.json";

export async function writeTest(
  { folder, record }: FoundRun,
  measured: Pick<TestRecord, "dataset" | "count" | "classNames" | "kernels"> & Evaluation,
): Promise<string> {
  const before = await read(folder);
  const test: TestRecord = {
    ...{ format: 1, measured: new Date().toISOString(), times: (before?.times ?? 0) + 1, runUpdated: record.updated },
    ...measured,
    ...originHere(),
  };
  const path = join(folder, file);
  await writeFile(path, `${JSON.stringify(test, null, 2)}\n`);
  return path;
}

/** Undefined when there is none, or none of the model as it is now. */
export async function readTest({ folder, record }: FoundRun): Promise<TestRecord | undefined> {
  const test = await read(folder);
  return test?.runUpdated === record.updated ? test : undefined;
}

async function read(folder: string): Promise<TestRecord | undefined> {
  try {
    const test = JSON.parse(await readText(join(folder, file)));
    return test?.format === 1 && typeof test.accuracy === "number" && Array.isArray(test.confusion) ? test : undefined;
  } catch {
    return undefined;
  }
}
