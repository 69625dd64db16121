/** Whole runs of `chainrule train`, watched from outside: seconds from process start, peak memory. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { round } from "./measure.js";

const command = fileURLToPath(new URL("../dist/cli/run.js", import.meta.url));

/** @returns per epoch the seconds since the process was started, and the peak resident memory in MB (on Linux) */
export async function watchTraining({ kernels, threads, epochs, dataset, dataDir, until = Number.POSITIVE_INFINITY }) {
  const folder = mkdtempSync(join(tmpdir(), "chainrule-bench-"));
  const args = ["train", "--preset", "tuned", "--kernels", kernels, "--dataset", dataset, "--json"];
  if (threads) args.push("--threads", String(threads));
  if (epochs) args.push("--epochs", String(epochs));
  if (dataDir) args.push("--data-dir", dataDir);
  const started = performance.now();
  const child = spawn(process.execPath, [command, ...args], { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  const seen = [];
  let peakMb = 0;
  let complaint = "";
  for await (const line of createInterface({ input: child.stderr })) {
    const [, epoch, valPercent] = /epoch\s+(\d+)\/\d+.*val ([\d.]+)%/.exec(line) ?? [];
    peakMb = Math.max(peakMb, peakMemory(child.pid));
    if (!epoch) {
      complaint = line;
      continue;
    }
    seen.push({
      epoch: Number(epoch),
      seconds: round((performance.now() - started) / 1000),
      valAccuracy: Number(valPercent) / 100,
    });
    if (seen.at(-1).valAccuracy >= until) child.kill();
  }
  rmSync(folder, { recursive: true });
  if (seen.length === 0) throw new Error(`chainrule train did not finish an epoch: ${complaint}`);
  return { kernels, epochs: seen, peakMb: Math.round(peakMb) };
}

function peakMemory(pid) {
  try {
    return Number(/VmHWM:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** Seconds of the second and later epochs, evaluation included; the first also loads. */
export async function benchEpoch(options) {
  const run = await watchTraining({ ...options, epochs: 3 });
  const [first, second, third] = run.epochs;
  return {
    kernels: run.kernels,
    secondsPerEpoch: round((third.seconds - first.seconds) / 2),
    secondsToFirst: first.seconds,
    valAccuracy: second.valAccuracy,
    peakMb: run.peakMb,
  };
}

/** Seconds from process start to the end of the first epoch with 45, 50 and 55% validation accuracy. */
export async function benchTimeToAccuracy(options) {
  const run = await watchTraining({ ...options, until: 0.55 });
  const secondsTo = (share) => run.epochs.find(({ valAccuracy }) => valAccuracy >= share)?.seconds ?? null;
  return {
    kernels: run.kernels,
    secondsTo45: secondsTo(0.45),
    secondsTo50: secondsTo(0.5),
    secondsTo55: secondsTo(0.55),
    peakMb: run.peakMb,
  };
}
