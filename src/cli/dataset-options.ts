import { resolve } from "node:path";
import type { Command } from "commander";
import type { Dataset } from "../data/index.ts";
import { datasetNames, loadDataset } from "../node/datasets.ts";

/** `--dataset` and `--data-dir`, the same for every command that reads images. */
export function datasetOptions(command: Command): Command {
  return command
    .option("--dataset <name>", `${datasetNames.join(", ")}, or a folder written by \`chainrule data import\``, "auto")
    .option("--data-dir <folder>", "where datasets are kept (default: $CHAINRULE_DATA_DIR or ~/.cache/chainrule)");
}

/**
 * @param say - takes the line that tells which dataset was found where
 * @returns the dataset, and the name under which a checkpoint finds it again
 */
export async function openDataset(
  name: string,
  dataDir: string | undefined,
  say: (line: string) => void,
): Promise<{ dataset: Dataset; source: string }> {
  const dataset = await loadDataset(name, { onMessage: say, ...(dataDir !== undefined && { dataDir }) });
  if (name === "auto") return { dataset, source: dataset.name };
  return { dataset, source: datasetNames.includes(name) ? name : resolve(name) };
}
