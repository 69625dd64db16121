import type { Command } from "commander";

/** `--dataset` and `--data-dir`, the same for every command that reads images. */
export function datasetOptions(command: Command): Command {
  return command
    .option(
      "--dataset <name>",
      "auto, cifar10, fashion-mnist, mnist, shapes, or a folder written by `chainrule data import`",
      "auto",
    )
    .option("--data-dir <folder>", "where datasets are kept (default: $CHAINRULE_DATA_DIR or ~/.cache/chainrule)");
}
