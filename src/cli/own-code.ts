/** Modules that a learner wrote: opened for a check in a process of their own, and refused in one line when they cannot be. */
import { stat } from "node:fs/promises";
import type { Value } from "../exercises/program.ts";
import { replay } from "../exercises/replay.ts";
import { type LearnerCalls, openLearner } from "../node/learner-calls.ts";
import { watchesMemory } from "../node/process-group.ts";
import { UserError } from "../node/user-mistake.ts";
import { io, remark } from "./print.ts";

/** A module, as an option names it. */
export interface OwnModule {
  readonly option: string; // "--layers"
  readonly file: string;
  readonly timeLimit: number; // seconds for loading, and then for each call
}

/** @throws {UserError} for anything but a file of JavaScript or TypeScript */
export async function checkModuleFile({ option, file }: Pick<OwnModule, "option" | "file">): Promise<void> {
  if (!(await stat(file)).isFile()) throw new UserError(`${option} ${file}: expected a file`);
  if (!/\.[mc]?[jt]s$/.test(file)) throw new UserError(`${option} ${file}: expected a module ending in .js or .ts`);
  if (!watchesMemory) remark("on Windows, the memory of your functions is not limited");
}

/** Opens a module for as long as `work` takes, with our whole library as "chainrule". What it prints goes to stderr. */
export async function withModule<T>(own: OwnModule, work: (module: LearnerCalls) => Promise<T>): Promise<T> {
  await checkModuleFile(own);
  const { option, file, timeLimit } = own;
  const { stderr } = io(); // what the module prints must not mix with the results
  const settings = { timeLimit, onPrint: (bytes: Uint8Array): void => void stderr.write(bytes) };
  const module = await openLearner(file, settings, { library: "whole" });
  if ("problem" in module) throw new UserError(`${option} ${file}: the module ${module.problem}`);
  try {
    return await work(module);
  } finally {
    await module.close();
  }
}

/**
 * A check of one function that the module exports.
 * @param check - calls it as often as it likes; makes the same calls whenever the answers are the same
 * @throws {UserError} when it is not exported, throws, or returns something else than was expected
 */
export async function checkExport<T>(
  own: OwnModule,
  name: string,
  check: (call: (...args: Value[]) => Value) => T,
): Promise<T> {
  const where = `${own.option} ${own.file}`;
  return await withModule(own, async ({ names, ask }) => {
    if (!names.includes(name))
      throw new UserError(`${where}: expected it to export ${name}, got ${names.join(", ") || "nothing"}`);
    try {
      return await replay(ask, (call) => check((...args) => call({ call: name, args })[0]));
    } catch (error) {
      throw error instanceof UserError ? error : new UserError(`${where}: ${name} ${(error as Error).message}`);
    }
  });
}
