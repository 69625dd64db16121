import { type Command, Option } from "commander";
import { availableKernels, type Kernels, type KernelsName, kernels, setKernels } from "../kernels/index.ts";

interface KernelsOptions {
  readonly kernels?: string;
}

/** `--kernels`, the same for every command that computes. */
export function kernelsOptions(command: Command): Command {
  return command.addOption(
    new Option("--kernels <name>", "what computes (default: the fastest that works here)").choices([
      "blas",
      "wasm",
      "loops",
    ]),
  );
}

/** Chooses the kernels as asked, else the fastest that works here. */
export async function useKernels(options: KernelsOptions): Promise<Kernels> {
  const name = options.kernels ?? process.env.CHAINRULE_KERNELS ?? availableKernels().at(-1);
  if (name) setKernels(name as KernelsName);
  return kernels();
}
