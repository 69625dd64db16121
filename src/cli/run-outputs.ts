/**
 * What a training run writes: a folder with everything; or, with `--checkpoint-file`, only the files that flags name. Nothing is
 * there before the first epoch is done.
 */
import { extname, join, relative, resolve } from "node:path";
import { checkOutputs, writeFile } from "../node/files.ts";
import { originHere } from "../node/machine.ts";
import { checkPicturePath, writePicture } from "../node/picture.ts";
import {
  createNamedRun,
  createNumberedRun,
  type FoundRun,
  type RunRecord,
  type RunStatus,
  writeRun,
} from "../node/run-folder.ts";
import { UserError } from "../node/user-mistake.ts";
import { trainingPlot } from "../plots/index.ts";
import { bestEpoch, type EpochRecord, type History, historyToCsv, type Run } from "../training/index.ts";
import { remarkFile } from "./print.ts";

export interface OutputOptions {
  readonly name?: string;
  readonly runsDir: string;
  readonly checkpointFile?: string;
  readonly plotFile?: string;
  readonly historyFile?: string;
}

export interface RunFiles {
  readonly folder?: string;
  readonly checkpointFile: string;
  readonly plotFile?: string | undefined;
  readonly historyFile?: string | undefined;
}

/** @throws {UserError} for a file that cannot be written, before anything is */
export async function checkRunOutputs({ checkpointFile, plotFile, historyFile }: OutputOptions): Promise<void> {
  if (plotFile !== undefined) checkPicturePath(plotFile);
  if (historyFile !== undefined && ![".csv", ".json"].includes(extname(historyFile).toLowerCase()))
    throw new UserError(`train: expected --history-file to end in .csv or .json, got ${historyFile}`);
  await checkOutputs([checkpointFile, plotFile, historyFile]);
}

export class RunOutputs {
  readonly #options: OutputOptions;
  readonly #prefix: string;
  readonly #kernels: string;
  readonly #say: (text: string) => void;
  readonly #started: string = new Date().toISOString();
  #resumed: FoundRun | undefined;
  #files: RunFiles | undefined;
  #saves = 0;

  /**
   * @param prefix - of the names of runs that have none: the preset
   * @param resumed - the run that goes on
   */
  constructor(
    options: OutputOptions,
    {
      prefix,
      kernels,
      resumed,
      say,
    }: { prefix: string; kernels: string; resumed?: FoundRun | undefined; say: (text: string) => void },
  ) {
    this.#options = options;
    this.#prefix = prefix;
    this.#kernels = kernels;
    this.#resumed = resumed;
    this.#say = say;
  }

  /** Where everything is; undefined before the first epoch. */
  get files(): RunFiles | undefined {
    return this.#files;
  }

  /** Stores a checkpoint, the history and the record of a run so far. */
  async save(checkpoint: Uint8Array, run: Run): Promise<void> {
    this.#files ??= await this.#makeFiles();
    const files = this.#files;
    const replaced = await writeFile(files.checkpointFile, checkpoint);
    if (this.#saves++ === 0) remarkFile(files.checkpointFile, replaced && !this.#resumed, this.#say);
    await this.#writeRecord(run, "running");
  }

  /** Draws the plot and writes how the run ended. */
  async end(run: Run, status: RunStatus): Promise<void> {
    if (!this.#files) return;
    const { plotFile, historyFile, folder } = this.#files;
    const isNew = !this.#resumed;
    if (plotFile !== undefined) {
      const title = folder && (relative(this.#options.runsDir, folder) || folder);
      const svg = trainingPlot(run.history, { ...(title !== undefined && { title }) });
      remarkFile(plotFile, (await writePicture(plotFile, svg)) && isNew, this.#say);
    }
    if (folder === undefined && historyFile !== undefined)
      remarkFile(historyFile, await writeHistory(historyFile, run.history), this.#say);
    await this.#writeRecord(run, status);
  }

  async #writeRecord(run: Run, status: RunStatus): Promise<void> {
    const { folder, historyFile } = this.#files!;
    if (folder === undefined) return;
    await writeHistory(historyFile!, run.history);
    await writeRun(folder, this.#record(folder, run, status));
  }

  async #makeFiles(): Promise<RunFiles> {
    const { name, runsDir, checkpointFile, plotFile, historyFile } = this.#options;
    if (checkpointFile !== undefined) return { checkpointFile, plotFile, historyFile };
    const folder =
      this.#resumed?.folder ??
      (name === undefined ? await createNumberedRun(runsDir, this.#prefix) : await createNamedRun(runsDir, name));
    const inFolder = (file: string): string => relative(".", join(folder, file));
    const before = this.#resumed?.record.files;
    return {
      folder,
      checkpointFile: inFolder(before?.checkpoint ?? "model.safetensors"),
      plotFile: plotFile ?? inFolder(before?.plot ?? "plot.pdf"),
      historyFile: historyFile ?? inFolder(before?.history ?? "history.csv"),
    };
  }

  #record(folder: string, { settings, dataset, history }: Run, status: RunStatus): RunRecord {
    const { checkpointFile, historyFile, plotFile } = this.#files!;
    const fromFolder = (file: string): string => relative(folder, resolve(file));
    const best: EpochRecord | undefined = bestEpoch(history);
    const seconds = history.epochs.reduce((sum, epoch) => sum + epoch.seconds, 0);
    return {
      format: 1,
      name: relative(resolve(this.#options.runsDir), resolve(folder)) || folder,
      status,
      started: this.#resumed?.record.started ?? this.#started,
      updated: new Date().toISOString(),
      settings,
      dataset,
      seed: settings.seed,
      kernels: this.#kernels,
      ...originHere(),
      results: best ? { epochs: history.epochs.length, best, last: history.epochs.at(-1)!, seconds } : null,
      files: {
        checkpoint: fromFolder(checkpointFile),
        history: fromFolder(historyFile!),
        plot: fromFolder(plotFile!),
      },
    };
  }
}

async function writeHistory(file: string, history: History): Promise<boolean> {
  const isCsv = extname(file).toLowerCase() === ".csv";
  return writeFile(file, isCsv ? historyToCsv(history) : `${JSON.stringify(history, null, 2)}\n`);
}
