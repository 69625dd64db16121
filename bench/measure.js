/** Taking turns, and what is said of the times. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const low = sorted[Math.floor(at)];
  return low + (sorted[Math.ceil(at)] - low) * (at - Math.floor(at));
}

export const median = (values) => quantile(values, 0.5);

export function round(value, digits = 3) {
  return Number(value.toFixed(digits));
}

const patienceMs = 120_000;

/**
 * A program that answers lines of JSON with lines of JSON; see peers/serve.js.
 * @returns `{ about, ask, end }`, or undefined with the reason on stderr when it does not start
 */
export async function startPeer({ name, momentum, command, args, env = {} }) {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "pipe"] });
  let complaint = "";
  child.stderr.on("data", (data) => {
    complaint = `${complaint}${data}`.slice(-2000);
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async () => {
    const late = new Promise((resolve) => setTimeout(resolve, patienceMs, { done: true }).unref());
    const { value, done } = await Promise.race([lines.next(), late]);
    if (done) throw new Error(complaint.trim().split("\n").at(-1) || "it ended or hung");
    return JSON.parse(value);
  };
  const failed = new Promise((_, reject) => child.on("error", reject));
  try {
    const about = await Promise.race([answer(), failed]);
    return {
      name,
      momentum,
      about,
      async ask(question) {
        child.stdin.write(`${JSON.stringify(question)}\n`);
        return await answer();
      },
      end: () => child.stdin.end(),
    };
  } catch (error) {
    process.stderr.write(`bench: without ${name}: ${error.message}\n`);
    return undefined;
  }
}

/**
 * Lets each peer do `share` steps in turn, after a pause, until all have done `steps`; `ms` and `losses` of all of them, but
 * no times of the first `untimed` steps of a turn, in which threads wake and caches fill.
 */
export async function inTurn(peers, { steps, share, untimed, onRound }) {
  const results = new Map(peers.map((peer) => [peer, { ms: [], losses: [], residentMb: 0 }]));
  for (let done = 0; done < steps; done += share) {
    for (const [peer, result] of results) {
      await new Promise((resolve) => setTimeout(resolve, 100)); // the last one's threads may still spin
      const { ms, losses, residentMb } = await peer.ask({ steps: Math.min(share, steps - done) });
      result.ms.push(...ms.slice(untimed));
      result.losses.push(...losses);
      result.residentMb = residentMb;
    }
    onRound?.(Math.min(steps, done + share));
  }
  return results;
}
