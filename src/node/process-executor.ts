/** Trials in processes of their own on this machine: as many as are asked for at once, kept and used again. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import {
  type FromProcess,
  type ToProcess,
  type TrialSetup,
  trialProcessArgument,
  trialProcessFile,
} from "./trial-process.ts";
import { TrialCrash, type TrialExecutor, type TrialHooks, type TrialOutcome, type TrialTask } from "./trial-run.ts";

export function processExecutor(setup: TrialSetup): TrialExecutor {
  const idle: ChildProcess[] = [];
  const all = new Set<ChildProcess>();
  let isClosed = false;

  const start = (): ChildProcess => {
    const child = fork(trialProcessFile, [trialProcessArgument], { stdio: ["ignore", "ignore", "ignore", "ipc"] });
    all.add(child);
    child.on("exit", () => {
      all.delete(child);
      if (idle.includes(child)) idle.splice(idle.indexOf(child), 1);
    });
    child.on("error", () => {}); // a message that can no longer be sent; the exit says the rest
    tell(child, { type: "setup", setup });
    return child;
  };

  return {
    async runTrial(task, onEpoch) {
      if (isClosed) throw new TrialCrash("the search is closed");
      const child = idle.pop() ?? start();
      const outcome = await runIn(child, task, onEpoch);
      if (all.has(child)) idle.push(child);
      return outcome;
    },
    async close() {
      isClosed = true;
      await Promise.all(
        [...all].map((child) => {
          const exit = once(child, "exit");
          child.kill("SIGKILL"); // checkpoints are written whole or not at all
          return exit;
        }),
      );
    },
  };
}

const tell = (child: ChildProcess, message: ToProcess): void => void child.send(message, () => {});

function runIn(
  child: ChildProcess,
  task: TrialTask,
  onEpoch: NonNullable<TrialHooks["onEpoch"]>,
): Promise<TrialOutcome> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      child.off("message", onMessage);
      child.off("exit", onExit);
    };
    const onExit = (code: number | null, signal: string | null): void => {
      end();
      reject(new TrialCrash(`the process of the trial ended by itself (${signal ?? `exit code ${code}`})`));
    };
    const onMessage = async (message: FromProcess): Promise<void> => {
      if (message.type === "epoch") {
        tell(child, { type: "answer", stop: await onEpoch(message.curve) });
        return;
      }
      end();
      if (message.type === "outcome") resolve(message.outcome);
      else reject(new Error(`the process of the trial: ${message.message}`));
    };
    child.on("message", onMessage);
    child.on("exit", onExit);
    tell(child, { type: "run", task });
  });
}
