import { Command } from "commander";
import { runWorker } from "../node/trial-queue.ts";
import { UserError } from "../node/user-mistake.ts";
import { referTo } from "../training/checkpoint-metadata.ts";
import { datasetOptions, openDataset } from "./dataset-options.ts";
import { interruptible } from "./interruptible.ts";
import { type KernelsOptions, kernelsOptions, useKernels } from "./kernels-options.ts";
import { examples, seedOption } from "./options.ts";
import { io, remark } from "./print.ts";

interface Options extends KernelsOptions {
  readonly queue?: string;
  readonly dataset: string;
  readonly dataDir?: string;
  readonly seed: number;
}

export function command(): Command {
  const command = new Command("worker")
    .description(
      "Trains trials that `chainrule tune --queue` hands out, one at a time, until Ctrl-C. It takes only those on images that it has: " +
        "the same dataset by name, number of images and checksum. Start one on each machine.",
    )
    .option("--queue <url>", "redis://… or rediss://… (default: $CHAINRULE_QUEUE)")
    .addOption(seedOption());
  return kernelsOptions(datasetOptions(command))
    .addHelpText(
      "after",
      examples(["chainrule worker --queue redis://lab:6379 --dataset cifar10", "on every machine that should help"]),
    )
    .action((options: Options) => interruptible((interrupt) => run(options, interrupt)));
}

async function run(options: Options, signal: AbortSignal): Promise<void> {
  const url = options.queue ?? process.env.CHAINRULE_QUEUE;
  if (url === undefined) throw new UserError("worker: expected --queue redis://host:port");
  const { name: kernels } = await useKernels(options);
  const dataset = await openDataset({ ...options, json: true });
  await runWorker({
    url,
    dataset: referTo(dataset),
    place: dataset.folder ?? dataset.name,
    seed: options.seed,
    kernels: { kernels, threads: options.threads, deterministic: options.deterministic },
    onMessage: remark,
    signal,
  });
  io().exitCode = Number(signal.reason);
}
