/**
 * A learner's module in a process that can be killed: whatever it does is a finding about the module. The process is
 * asked for values at points; what it answers is compared here, out of its reach.
 *
 * This guards against mistakes and against tricks with the verdict. It is no sandbox: the module runs with the rights of
 * the user who started it.
 */
import { resolve } from "node:path";
import {
  type Answer,
  type Evaluate,
  isProblem,
  longestAnswer,
  type Problem,
  type Question,
} from "../exercises/evaluate.ts";
import { parameterNames } from "../exercises/parameter-names.ts";
import { type LearnerProcess, type LearnerSettings, type Reply, startLearnerProcess } from "./learner-channel.ts";
import type { ExportedFunction } from "./learner-message.ts";
import { oneLine } from "./user-mistake.ts";

export interface LearnerFunction {
  readonly name: string;
  /** Of its parameters up to the first that has a default. */
  readonly inputs: readonly string[];
}

export class LearnerModule {
  readonly #file: string;
  readonly #settings: LearnerSettings;
  #process: LearnerProcess | undefined;

  /** @param file - a JavaScript or TypeScript module */
  constructor(file: string, settings: LearnerSettings) {
    this.#file = resolve(file);
    this.#settings = settings;
  }

  /** Loads the module, in a new process. */
  async load(): Promise<{ functions: LearnerFunction[]; others: string[] } | Problem> {
    await this.close();
    this.#process = await startLearnerProcess(this.#settings);
    const reply = await this.#process.ask({ file: this.#file }, undefined, 0, this.#settings.timeLimit);
    const { functions, others } = "head" in reply ? reply.head : {};
    if (isListOf(functions, isExportedFunction) && isListOf(others, isText))
      return {
        functions: functions.map(({ name, length, code }) => ({ name, inputs: parameterNames(code, length) })),
        others,
      };
    const { problem } = problemOf(reply, 1) ?? this.#process.refuse();
    await this.close();
    return { problem: `the module ${problem}`, ended: true };
  }

  /** Calls one of the functions. The time limit runs from the first question on, so each check needs its own. */
  evaluator(name: string): Evaluate {
    let deadline: number | undefined;
    return async (question) => {
      if (deadline === undefined) {
        const problem = await this.#start();
        if (problem) return problem;
        deadline = performance.now() + 1000 * this.#settings.timeLimit;
        // A function that never returns is found with one point.
        const first = { ...question, points: question.points.slice(0, question.width) };
        const answer = await this.#ask(name, first, deadline);
        if (isProblem(answer)) return { ...answer, point: 0 };
      }
      const answer = await this.#ask(name, question, deadline);
      if (!isProblem(answer) || !answer.ended) return answer;
      return { ...answer, point: await this.#findEnd(name, question) };
    };
  }

  /** The function did not return: asks for one point after the other, to learn at which. */
  async #findEnd(name: string, question: Question): Promise<number | undefined> {
    if (await this.#start()) return undefined;
    const { points, width } = question;
    const count = points.length / width;
    const limit = 1000 * this.#settings.timeLimit;
    const last = performance.now() + limit;
    for (let point = 0; point < count && performance.now() < last; point++) {
      const one = { ...question, points: points.slice(point * width, (point + 1) * width) };
      const answer = await this.#ask(name, one, performance.now() + limit);
      if (isProblem(answer)) return answer.ended ? point : undefined;
    }
    return undefined;
  }

  /** Loads the module unless it is loaded: before a time limit begins, because a new process takes its time. */
  async #start(): Promise<Problem | undefined> {
    if (this.#process !== undefined) return undefined;
    const loaded = await this.load();
    return "problem" in loaded ? loaded : undefined;
  }

  async #ask(name: string, question: Question, deadline: number): Promise<Answer> {
    const notStarted = await this.#start();
    if (notStarted) return notStarted;
    const running = this.#process!;
    const { points, ...rest } = question;
    const seconds = (deadline - performance.now()) / 1000;
    const reply = await running.ask({ name, ...rest }, points, longestAnswer(question), seconds);
    const problem = problemOf(reply, points.length / question.width);
    if (problem && !problem.ended) return problem;
    const { numbers } = reply as Reply;
    if (!problem && isAnswer(numbers, question)) return numbers;
    const end = problem ?? running.refuse();
    await this.close();
    return end;
  }

  async close(): Promise<void> {
    await this.#process?.close();
    this.#process = undefined;
  }
}

/** The problem that a reply tells of, if it does; its words come from the learner's code. */
function problemOf(reply: Reply | Problem, points: number): Problem | undefined {
  if ("problem" in reply) return reply;
  const { problem, point } = reply.head;
  if (typeof problem !== "string") return undefined;
  const at = typeof point === "number" && Number.isInteger(point) && point >= 0 && point < points ? point : undefined;
  return { problem: oneLine(new Error(problem)), point: at };
}

function isListOf<T>(value: unknown, isItem: (item: unknown) => item is T): value is T[] {
  return Array.isArray(value) && value.every(isItem);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isExportedFunction(value: unknown): value is ExportedFunction {
  if (typeof value !== "object" || value === null) return false;
  const { name, length, code } = value as Partial<ExportedFunction>;
  return isText(name) && isText(code) && Number.isInteger(length) && length! >= 0 && length! <= mostInputs;
}

const mostInputs = 1000;

/** Whether there are the same number of gradients at every point, and no more than one per input. */
function isAnswer(numbers: Float64Array, { points, width, moves, wantsGradients }: Question): boolean {
  const length = numbers.length / (points.length / width);
  const gradients = length - 1 - moves.length;
  return Number.isInteger(gradients) && gradients >= 0 && gradients <= (wantsGradients ? width : 0);
}
