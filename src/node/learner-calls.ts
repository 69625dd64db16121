/** A learner's module in a process of its own, and programs of calls to it. */
import { resolve } from "node:path";
import { type Ask, decodeAnswer, encode } from "../exercises/program.ts";
import { type LearnerSettings, startLearnerProcess } from "./learner-channel.ts";
import type { Load } from "./learner-message.ts";
import { oneLine } from "./user-mistake.ts";

export interface LearnerCalls {
  /** Names of exported functions and classes. */
  readonly names: readonly string[];
  readonly ask: Ask;
  close(): Promise<void>;
}

/** @returns a problem when the module cannot be loaded; the process has ended then */
export async function openLearner(
  file: string,
  settings: LearnerSettings,
  load: Pick<Load, "library" | "cache">,
): Promise<LearnerCalls | { readonly problem: string }> {
  const running = await startLearnerProcess(settings);
  const { timeLimit } = settings;
  const loaded = await running.ask({ file: resolve(file), ...load }, undefined, 0, timeLimit);
  const problem = "problem" in loaded ? loaded.problem : loaded.head.problem;
  if (problem !== undefined) {
    await running.close();
    return { problem: oneLine(new Error(String(problem))) };
  }
  const { functions = [], others = [] } = (loaded as { head: { functions?: { name: string }[]; others?: string[] } })
    .head;
  return {
    names: [...functions.map(({ name }) => String(name)), ...others.map(String)],
    ask: async (steps) => {
      const reply = await running.ask({ program: encode(steps) }, undefined, 0, timeLimit);
      if ("problem" in reply) return { results: [], changed: [], problem: reply.problem };
      return decodeAnswer(reply.head.answer ?? {});
    },
    close: () => running.close(),
  };
}
