import { type Command, Option } from "commander";
import type { Kernels, KernelsName } from "../kernels/index.ts";
import { useKernels as chooseKernels } from "../node/kernels.ts";
import { positiveInteger } from "./options.ts";
import { remark } from "./print.ts";

export interface KernelsOptions {
  readonly kernels?: string;
  readonly threads?: number;
  readonly deterministic?: boolean;
}

/** `--kernels`, `--threads` and `--deterministic`, the same for every command that computes. */
export function kernelsOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--kernels <name>", "what computes (default: the fastest that works here)").choices([
        "blas",
        "wasm",
        "loops",
      ]),
    )
    .addOption(new Option("--threads <n>", "threads that compute (default: one per core)").argParser(positiveInteger))
    .addOption(new Option("--deterministic", "the same numbers on every machine, at some cost in speed"));
}

/** Chooses the kernels as asked, else the fastest that work here, saying why not faster ones. */
export async function useKernels({ kernels, threads, deterministic }: KernelsOptions): Promise<Kernels> {
  const chosen = chooseKernels({ kernels: kernels as KernelsName | undefined, threads, deterministic });
  for (const { name, reason } of chosen.missing) remark(`${name} would be faster but is not available here: ${reason}`);
  return chosen.kernels;
}
