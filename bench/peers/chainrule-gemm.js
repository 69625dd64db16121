/** Products by our kernels. usage: chainrule-gemm.js KERNELS THREADS [deterministic] */
import { useKernels } from "../../dist/node/index.js";
import { serveGemm } from "./serve.js";

const [name, threads, deterministic] = process.argv.slice(2);
const { kernels } = useKernels({ kernels: name, threads: Number(threads), deterministic: Boolean(deterministic) });

await serveGemm({ peer: name, version: kernels.description }, ({ m, n, k, transposeA = false, transposeB = false }) => {
  const fill = (length) => {
    const array = kernels.allocate("float32", length);
    for (let i = 0; i < length; i++) array[i] = Math.random();
    return array;
  };
  const product = { m, n, k, transposeA, transposeB, a: fill(m * k), b: fill(k * n), out: fill(m * n) };
  return () => kernels.gemm(product);
});
