/** What a record says about where its numbers came from. */
import { cpus } from "node:os";

export interface Origin {
  readonly versions: { readonly chainrule: string; readonly node: string };
  readonly machine: { readonly cpu: string; readonly cores: number; readonly platform: string };
}

/** This version on this machine. */
export function originHere(): Origin {
  return {
    versions: { chainrule: __VERSION__, node: process.version },
    machine: {
      cpu: cpus()[0]?.model.trim() ?? "unknown",
      cores: cpus().length,
      platform: `${process.platform} ${process.arch}`,
    },
  };
}
