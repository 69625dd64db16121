/** One process for a learner's code, and the messages to and from it. Nothing that comes back is trusted. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import type { Duplex } from "node:stream";
import type { Problem } from "../exercises/evaluate.ts";
import { channel, formatMessage, headerLength, type Request } from "./learner-message.ts";
import { groupMemory, killGroup, watchesMemory } from "./process-group.ts";

export interface LearnerSettings {
  /** Seconds that loading, and then each check, may take. */
  readonly timeLimit: number;
  /** Bytes that the process and all it starts may use, buffers included (not watched on Windows); default 1e9. */
  readonly memoryLimit?: number;
  /** Receives what the process prints. */
  readonly onPrint: (bytes: Uint8Array) => void;
}

export interface Reply {
  readonly head: Readonly<Record<string, unknown>>;
  readonly numbers: Float64Array;
}

interface Pending {
  readonly key: string;
  readonly mostNumbers: number;
  readonly settle: (reply: Reply | Problem) => void;
}

const mostText = 1e6; // bytes of JSON in a reply
const startLimit = 60; // s
const watchInterval = 50; // ms
const lastPrints = 1000; // ms to wait for prints that are still on their way
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Starts a process that waits for {@link LearnerProcess.ask}. */
export async function startLearnerProcess(settings: LearnerSettings): Promise<LearnerProcess> {
  const { processArgument, processFile } = await import("./learner-process.ts");
  // Node's own limit of the heap must lie above ours: reaching it prints a native stack.
  const child = spawn(process.execPath, ["--max-old-space-size=8192", processFile, processArgument], {
    stdio: ["ignore", "pipe", "pipe", "pipe"],
    detached: process.platform !== "win32", // the leader of a group
    windowsHide: true,
  });
  const started = new LearnerProcess(child, settings);
  await started.ask({}, undefined, 0, startLimit);
  return started;
}

export class LearnerProcess {
  readonly #child: ChildProcess;
  readonly #settings: LearnerSettings;
  readonly #closed: Promise<void>;
  readonly #watch: NodeJS.Timeout | undefined;
  #pending: Pending | undefined;
  #chunks: Buffer[] = [];
  #received = 0; // bytes, in all chunks
  #end: Problem | undefined;

  constructor(child: ChildProcess, settings: LearnerSettings) {
    this.#child = child;
    this.#settings = settings;
    this.#closed = new Promise((done) => child.on("close", () => done()));
    child.on("error", (error) => this.finish(`could not be started: ${error.message}`));
    for (const stream of [child.stdout!, child.stderr!]) stream.on("data", settings.onPrint);
    this.#channel.on("data", (chunk: Buffer) => this.#receive(chunk));
    this.#channel.on("error", () => {}); // "close" follows
    this.#channel.on("close", () => this.finish("ended the process"));
    if (watchesMemory) this.#watch = setInterval(() => this.#watchMemory(), watchInterval);
    process.on("exit", this.#kill);
    for (const signal of signals) process.on(signal, this.#passOn);
  }

  get #channel(): Duplex {
    return this.#child.stdio[channel] as Duplex;
  }

  get hasEnded(): boolean {
    return this.#end !== undefined;
  }

  /**
   * Sends a request and waits for the reply.
   * @param mostNumbers - in the reply
   * @param seconds - until the process is ended
   */
  async ask(
    request: Request,
    numbers: Float64Array | undefined,
    mostNumbers: number,
    seconds: number,
  ): Promise<Reply | Problem> {
    if (this.#end) return this.#end;
    const key = randomUUID();
    const problem = `was still running after the time limit of ${this.#settings.timeLimit} s`;
    const timer = setTimeout(() => this.finish(problem), Math.max(0, 1000 * seconds));
    const reply = await new Promise<Reply | Problem>((settle) => {
      this.#pending = { key, mostNumbers, settle };
      this.#channel.write(formatMessage({ key, ...request }, numbers));
    });
    clearTimeout(timer);
    return reply;
  }

  /** Ends the process. The first reason counts. */
  finish(problem: string): Problem {
    if (this.#end === undefined) {
      this.#end = { problem, ended: true };
      this.#kill();
      this.#pending?.settle(this.#end);
    }
    return this.#end;
  }

  /** Ends the process because it sent something that our part of it never sends. */
  refuse(): Problem {
    return this.finish("wrote to the channel reserved for answers");
  }

  /** Ends the process and waits for its last prints. */
  async close(): Promise<void> {
    this.finish("was closed");
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([this.#closed, new Promise((done) => (timer = setTimeout(done, lastPrints)))]);
    clearTimeout(timer);
    for (const stream of this.#child.stdio) stream?.destroy();
  }

  readonly #kill = (): void => {
    clearInterval(this.#watch);
    process.off("exit", this.#kill);
    for (const signal of signals) process.off(signal, this.#passOn);
    if (this.#child.pid !== undefined) killGroup(this.#child.pid);
  };

  /** A group of its own does not get the terminal's signals, so it is ended here. */
  readonly #passOn = (signal: NodeJS.Signals): void => {
    this.#kill();
    process.kill(process.pid, signal);
  };

  #watchMemory(): void {
    const { memoryLimit = 1e9 } = this.#settings;
    if (this.#child.pid !== undefined && groupMemory(this.#child.pid) > memoryLimit)
      this.finish(`used more than the memory limit of ${memoryLimit / 1e9} GB`);
  }

  #receive(chunk: Buffer): void {
    if (this.#end) return;
    if (this.#pending === undefined) {
      this.refuse(); // an answer to no question
      return;
    }
    this.#chunks.push(chunk);
    this.#received += chunk.length;
    if (this.#received < headerLength) return;
    if (this.#chunks[0]!.length < headerLength) this.#chunks = [Buffer.concat(this.#chunks)];
    const [text, numbers] = [this.#chunks[0]!.readUInt32LE(0), this.#chunks[0]!.readUInt32LE(4)];
    const missing = headerLength + text + numbers - this.#received;
    if (missing < 0 || text > mostText || numbers > 8 * this.#pending.mostNumbers) this.refuse();
    else if (missing === 0) {
      const reply = parseReply(Buffer.concat(this.#chunks), text, this.#pending.key);
      this.#chunks = [];
      this.#received = 0;
      if (reply === undefined) this.refuse();
      else this.#pending.settle(reply);
      this.#pending = undefined;
    }
  }
}

/** @returns nothing unless the message is a reply to the question with this key */
function parseReply(message: Buffer, text: number, key: string): Reply | undefined {
  try {
    const head: unknown = JSON.parse(message.toString("utf8", headerLength, headerLength + text));
    const numbers = new Float64Array(new Uint8Array(message.subarray(headerLength + text)).buffer);
    if (typeof head === "object" && head !== null && "key" in head && head.key === key)
      return { head: { ...head }, numbers };
  } catch {
    // no JSON, or a part of a number
  }
  return undefined;
}
