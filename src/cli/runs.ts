import { Command } from "commander";
import { listRuns } from "../node/run-folder.ts";
import { examples, jsonOption } from "./options.ts";
import { formatTable, print, printJson, remark } from "./print.ts";
import { runsDirOption } from "./run-options.ts";
import { percent } from "./training-progress.ts";

export function command(): Command {
  return runsDirOption(
    new Command("runs").description("Lists the runs of a folder with their figures, the newest first."),
  )
    .addOption(jsonOption())
    .addHelpText("after", examples(["chainrule runs", "what `chainrule train` has written under runs/"]))
    .action(list);
}

async function list({ runsDir, json }: { readonly runsDir: string; readonly json?: boolean }): Promise<void> {
  const { runs, broken } = await listRuns(runsDir);
  for (const message of broken) remark(`chainrule: ${message}`);
  if (json) {
    printJson({ runs: runs.map(({ folder, record }) => ({ folder, ...record })), broken });
    return;
  }
  if (runs.length === 0) {
    print(`no runs in ${runsDir}; train one with \`chainrule train\``);
    return;
  }
  const header = [
    "run",
    "val",
    "epoch",
    "of",
    "val loss",
    "train",
    "seconds",
    "network",
    "optimizer",
    "images",
    "status",
  ];
  print(
    formatTable(
      header,
      runs.map(({ record: { name, settings, results, dataset, status } }) => [
        name,
        results ? percent(results.best.valAccuracy) : "",
        results ? String(results.best.epoch) : "",
        String(settings.epochs),
        results && Number.isFinite(results.best.valLoss) ? results.best.valLoss.toFixed(3) : "",
        results ? percent(results.best.trainAccuracy) : "",
        results ? results.seconds.toFixed(1) : "",
        settings.hiddenDims?.join("-") || "linear",
        settings.optimizer ?? "sgd",
        dataset.name,
        status,
      ]),
    ),
  );
}
