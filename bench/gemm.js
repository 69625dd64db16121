/** Matrix products: the sizes of the training step, squares, and skinny ones, in 10⁹ operations per second. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { median, round, startPeer } from "./measure.js";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const python = existsSync("/usr/bin/python3") ? "/usr/bin/python3" : "python3";
const newerNode = here("node_modules/node/bin/node");

const square = (size) => ({ name: `${size}³`, m: size, n: size, k: size });
export const shapes = [
  { name: "x·W1 (128×3072·3072×512)", m: 128, n: 512, k: 3072 },
  { name: "xᵀ·G (3072×128·128×512)", m: 3072, n: 512, k: 128, transposeA: true },
  { name: "hidden·W2 (128×512·512×10)", m: 128, n: 10, k: 512 },
  { name: "G·W2ᵀ (128×10·10×512)", m: 128, n: 512, k: 10, transposeB: true },
  ...[32, 64, 128, 256, 512, 1024, 2048].map(square),
  { name: "tall (10000×16·16×16)", m: 10_000, n: 16, k: 16 },
  { name: "wide (16×16·16×10000)", m: 16, n: 10_000, k: 16 },
  { name: "deep (16×10000·10000×16)", m: 16, n: 16, k: 10_000 },
];

/** @returns per shape the median GFLOP/s of each program, interleaved */
export async function benchGemm({ threads, kernels, rounds = 7, largest = 2048, onRound }) {
  const limited = { OPENBLAS_NUM_THREADS: String(threads), OMP_NUM_THREADS: String(threads) };
  const ours = (name, args, node = process.execPath) => ({
    name,
    command: node,
    args: [here("peers/chainrule-gemm.js"), ...args],
  });
  const all = [
    ours("blas", ["blas", String(threads)]),
    ours("wasm", ["wasm", String(threads)]),
    ours("wasm plain", ["wasm", String(threads), "deterministic"]),
    ...(existsSync(newerNode) ? [ours("wasm, newer Node", ["wasm", String(threads)], newerNode)] : []),
    ours("loops", ["loops", "1"]),
    { name: "NumPy", command: python, args: [here("peers/numpy_gemm.py")], env: limited },
    { name: "PyTorch", command: python, args: [here("peers/torch_gemm.py"), String(threads)], env: limited },
    { name: "jax-js", command: process.execPath, args: [here("peers/jax-gemm.js"), String(threads)] },
    { name: "TF.js wasm", command: process.execPath, args: [here("peers/tfjs-gemm.js")] },
  ];
  const peers = [];
  for (const one of all.filter(({ name }) => !kernels || name === kernels || name === "NumPy")) {
    const peer = await startPeer(one);
    if (peer) peers.push(peer);
  }
  const results = [];
  for (const shape of shapes.filter(({ m, n, k }) => Math.max(m, n, k) <= largest || m !== n)) {
    const operations = 2 * shape.m * shape.n * shape.k;
    const speeds = new Map(peers.map(({ name }) => [name, []]));
    for (let round = 0; round < rounds; round++)
      for (const peer of peers) {
        if (peer.name === "loops" && operations > 3e8) continue;
        const repeats = Math.max(1, Math.round((peer.name === "loops" ? 1e7 : 1e8) / operations));
        const { ms } = await peer.ask({ ...shape, repeats });
        if (round > 0) speeds.get(peer.name).push(operations / ms / 1e6);
      }
    const gflops = [...speeds].map(([name, values]) => [name, values.length ? round(median(values), 2) : null]);
    results.push({ shape: shape.name, gflops: Object.fromEntries(gflops) });
    onRound?.(shape.name);
  }
  for (const peer of peers) peer.end();
  return results;
}
