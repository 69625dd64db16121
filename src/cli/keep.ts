/** `--keep`: a result that stays, in a run folder of its own, for `chainrule report`. */
import { relative } from "node:path";
import type { Command } from "commander";
import type { KeptKind } from "../node/kept-kinds.ts";
import { type Keepable, keepResult } from "../node/kept-result.ts";
import { UserError } from "../node/user-mistake.ts";
import { remark } from "./print.ts";
import { runsDirOption } from "./run-options.ts";

export interface KeepOptions {
  readonly keep?: boolean;
  readonly runsDir: string;
}

export function keepOptions(command: Command, kind: KeptKind): Command {
  return runsDirOption(
    command.option("--keep", `keep the result in a folder of its own, runs/${kind}-<n>, for \`chainrule report\``),
  );
}

/** @throws {UserError} for a folder of runs that nothing would be written to */
export function checkKeep(who: string, { keep }: KeepOptions, command: Command): void {
  if (!keep && command.getOptionValueSource("runsDir") === "cli")
    throw new UserError(`${who}: --runs-dir needs --keep`);
}

export async function keep({ runsDir }: KeepOptions, kind: KeptKind, result: Keepable): Promise<void> {
  remark(`wrote ${relative(".", await keepResult(runsDir, kind, result))}`);
}
