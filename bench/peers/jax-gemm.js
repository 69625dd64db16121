/** Products by jax-js. usage: jax-gemm.js THREADS */
import { serveGemm } from "./serve.js";
import { installWebWorkers } from "./web-worker.js";

installWebWorkers(Number(process.argv[2]));
const { defaultDevice, init, jit, numpy: np } = await import("@jax-js/jax");
await init("wasm");
defaultDevice("wasm");
const random = (rows, columns) =>
  np.array(Float32Array.from({ length: rows * columns }, Math.random)).reshape([rows, columns]);

await serveGemm({ peer: "jax-js" }, ({ m, n, k, transposeA, transposeB }) => {
  const a = transposeA ? random(k, m) : random(m, k);
  const b = transposeB ? random(n, k) : random(k, n);
  const product = jit((a, b) => np.matmul(transposeA ? a.transpose() : a, transposeB ? b.transpose() : b));
  return async () => {
    const out = await product(a.ref, b.ref).blockUntilReady();
    out.dispose();
  };
});
