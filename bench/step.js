/** One training step: ours, by each of the kernels, against what else there is. */
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { deep, momentum } from "./jobs.js";
import { inTurn, median, quantile, round, startPeer } from "./measure.js";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const python = existsSync("/usr/bin/python3") ? "/usr/bin/python3" : "python3";
const newerNode = here("node_modules/node/bin/node");
const plural = (threads) => `${threads} thread${threads > 1 ? "s" : ""}`;
const limited = (threads) => ({ OPENBLAS_NUM_THREADS: String(threads), OMP_NUM_THREADS: String(threads) });
/** Debian's PyTorch has two thread pools that fight when idle, and gives memory back to the system between steps. */
const torchSettings = {
  OMP_WAIT_POLICY: "passive",
  GLIBC_TUNABLES: "glibc.malloc.mmap_threshold=1073741824:glibc.malloc.trim_threshold=4294967296",
};

function ours(kernels, { dataDir, job, threads, momentum, node = process.execPath, label = "" }) {
  const name = `chainrule ${kernels}${label}, ${plural(threads)}`;
  const args = [here("peers/chainrule.js"), dataDir, job, kernels, String(threads), String(momentum)];
  return { name, momentum, command: node, args };
}

function everyone({ dataDir, job, threads, momentum }) {
  const peers = [];
  for (const count of threads === 1 ? [1] : [threads, 1]) {
    const options = { dataDir, job, threads: count, momentum };
    const js = (name, file) => ({
      name: `${name}, ${plural(count)}`,
      momentum,
      command: process.execPath,
      args: [here(file), dataDir, job, String(count)],
    });
    const py = (name, file, last, env = {}) => ({
      name: `${name}, ${plural(count)}`,
      momentum,
      command: python,
      args: [here(file), dataDir, job, last, String(momentum)],
      env: { ...limited(count), ...env },
    });
    peers.push(ours("blas", options), ours("wasm", options));
    if (existsSync(newerNode)) peers.push(ours("wasm", { ...options, node: newerNode, label: " (newer Node)" }));
    peers.push(py("NumPy tuned", "peers/numpy_step.py", "tuned"));
    if (count === threads) peers.push(py("PyTorch", "peers/torch_step.py", String(count), torchSettings));
    if (momentum > 0) continue;
    if (count === threads) peers.push(py("NumPy textbook", "peers/numpy_step.py", "textbook"));
    peers.push(js("jax-js", "peers/jax.js"));
    if (count === 1) peers.push(js("TF.js wasm", "peers/tfjs.js"));
  }
  return peers;
}

/** The programs of jobs C and D, ours with each of the kernels and PyTorch. */
function deepPeers({ dataDir, job, kernels, threads, optimizer, dropout }) {
  const last = [optimizer, String(dropout)];
  const args = (file, ...rest) => [here(file), dataDir, job, ...rest, String(threads), ...last];
  const own = (name) => ({
    name: `chainrule ${name}, ${plural(threads)}`,
    command: process.execPath,
    args: args("peers/chainrule_deep.js", name),
  });
  if (kernels) return [own(kernels)];
  const env = { ...limited(threads), ...torchSettings };
  const torch = { name: "PyTorch", command: python, args: args("peers/torch_deep.py"), env };
  return [own("blas"), torch, own("wasm")];
}

/**
 * Each program with the momentum that `chainrule train` has, then with plain SGD, which is what earlier figures are for.
 * @param options.kernels - only ours with these; without it everyone in turn
 * @param options.only - only programs whose names contain one of these
 * @returns one entry per program and momentum: medianMs, p90Ms, loss1, loss10, loss120 and who it is
 */
export async function benchStep(options) {
  const { dataDir, job, kernels, only, threads = availableParallelism(), steps, onRound } = options;
  const all = deep.jobs[job]
    ? deepPeers({ ...options, threads })
    : [momentum, 0].flatMap((momentum) => {
        const options = { dataDir, job, threads, momentum };
        return kernels ? [ours(kernels, options)] : everyone(options);
      });
  const wanted = all.filter(({ name }) => !only || only.some((part) => name.includes(part)));
  const peers = [];
  for (const one of wanted) {
    const peer = await startPeer(one);
    if (peer) peers.push(peer);
  }
  const turn = kernels ? { share: steps, untimed: 20 } : { share: 40, untimed: 10 };
  const results = await inTurn(peers, { steps, ...turn, onRound });
  for (const peer of peers) peer.end();
  return [...results].map(([peer, { ms, losses, residentMb }]) => {
    return {
      name: peer.name,
      ...(peer.momentum !== undefined && { momentum: peer.momentum }),
      version: peer.about.version,
      ...(peer.about.node && { node: peer.about.node }),
      medianMs: round(median(ms)),
      p90Ms: round(quantile(ms, 0.9)),
      minMs: round(Math.min(...ms)),
      loss1: losses[0],
      loss10: losses[9],
      loss120: losses[119],
      residentMb: Math.round(residentMb),
    };
  });
}

/** Resident memory after every twentieth of the steps, and its growth from the second quarter to the end. */
export async function benchMemory({ dataDir, job, kernels, threads = availableParallelism(), steps }) {
  const peer = await startPeer(ours(kernels, { dataDir, job, threads, momentum }));
  if (!peer) return { kernels, steps: 0, residentMb: [], mbPerThousandSteps: null };
  const residentMb = [];
  const share = Math.ceil(steps / 20);
  for (let done = 0; done < steps; done += share)
    residentMb.push(round((await peer.ask({ steps: share })).residentMb, 1));
  peer.end();
  const settled = residentMb.slice(5);
  const growth = ((settled.at(-1) - settled[0]) / ((settled.length - 1) * share)) * 1000;
  return { kernels, steps: residentMb.length * share, residentMb, mbPerThousandSteps: round(growth, 2) };
}
