import { availableParallelism, cpus, totalmem } from "node:os";
import { Command, Help } from "commander";
import { datasetNames, defaultDataDir, loadDataset } from "../node/datasets.ts";
import { examineKernels } from "../node/examine-kernels.ts";
import { isUserMistake, oneLine } from "../node/user-mistake.ts";
import { examples, jsonOption } from "./options.ts";
import { print, printJson } from "./print.ts";

export function command(): Command {
  return new Command("doctor")
    .description(
      "Node, cores, which kernels compute here and how fast, why a faster one is missing and how to get it, and which " +
        "datasets are at hand.",
    )
    .addOption(jsonOption())
    .addHelpText("after", examples(["chainrule doctor", "a page about this machine"]))
    .action(runDoctor);
}

async function runDoctor({ json }: { json?: boolean }): Promise<void> {
  const machine = {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryGib: Math.round(totalmem() / 2 ** 30),
  };
  const kernels = await examineKernels();
  const datasets = await Promise.all(datasetNames.filter((name) => name !== "auto").map(examineDataset));
  if (json) {
    printJson({ version: __VERSION__, ...machine, kernels, dataDir: defaultDataDir(), datasets });
    return;
  }
  print(`chainrule ${__VERSION__}, Node ${machine.node}, ${machine.platform}`);
  print(`${machine.cpu}, ${machine.cores} cores, ${machine.memoryGib} GiB\n`);
  print("kernels");
  for (const kernel of kernels) {
    const speed = kernel.gflops === null ? "" : `${kernel.gflops.toFixed(kernel.gflops < 10 ? 1 : 0)} GFLOP/s`;
    const what = kernel.available ? kernel.description : `not available: ${kernel.reason}`;
    entry(`${kernel.name.padEnd(7)}${speed}${kernel.isDefault ? " (default)" : ""}`.trimEnd(), what);
  }
  print(`\ndatasets (folder ${defaultDataDir()})`);
  for (const { name, found, where } of datasets) entry(`${name.padEnd(14)}${found ? "found" : "not found"}`, where);
}

async function examineDataset(name: string): Promise<{ name: string; found: boolean; where: string }> {
  let where = "";
  try {
    await loadDataset(name, { onMessage: (line) => (where = line.replace(/^dataset: /, "")) });
    return { name, found: true, where };
  } catch (error) {
    if (!isUserMistake(error)) throw error;
    return { name, found: false, where: oneLine(error) };
  }
}

const widestLine = 100;

/** A line, and what there is to say about it on the next ones, indented. */
function entry(head: string, text: string): void {
  print(`  ${head}\n    ${new Help().boxWrap(text, widestLine - 4).replaceAll("\n", "\n    ")}`);
}
