import { availableParallelism, cpus, totalmem } from "node:os";
import { Command } from "commander";
import { datasetNames, defaultDataDir, loadDataset } from "../node/datasets.ts";
import { examineKernels } from "../node/examine-kernels.ts";
import { isUserMistake, oneLine } from "../node/user-mistake.ts";
import { examples, jsonOption } from "./options.ts";
import { formatTable, print, printJson } from "./print.ts";

export function command(): Command {
  return new Command("doctor")
    .summary("say what this machine offers: kernels, datasets")
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
  print(
    formatTable(
      ["kernels", "GFLOP/s", "what"],
      kernels.map((k) => [
        k.isDefault ? `${k.name} (default)` : k.name,
        k.gflops === null ? "–" : k.gflops.toFixed(k.gflops < 10 ? 1 : 0),
        k.available ? k.description : `not available: ${k.reason}`,
      ]),
    ),
  );
  print(`\ndatasets (folder ${defaultDataDir()})`);
  print(
    formatTable(
      ["dataset", "found"],
      datasets.map((d) => [d.name, d.found ? d.where : `no: ${d.where}`]),
    ),
  );
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
