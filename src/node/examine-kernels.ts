import { type Kernels, type KernelsName, setKernels } from "../kernels/index.ts";
import { load } from "../kernels/registry.ts";
import { registerNodeKernels, useKernels } from "./kernels.ts";

/** What `doctor` says of one implementation. */
export interface KernelsReport {
  readonly name: KernelsName;
  readonly available: boolean;
  readonly isDefault: boolean;
  readonly description: string; // library, version, threads; or why it is not available
  readonly gflops: number | null; // float32 products of 512×512 matrices, billions of operations per second
}

/** Tries every implementation, fastest first; each runs for a moment. The kernels in use afterwards are the default ones. */
export function examineKernels(): KernelsReport[] {
  registerNodeKernels();
  const reports = (["blas", "wasm", "loops"] as const).map((name): Omit<KernelsReport, "isDefault"> => {
    const loaded = load(name);
    if (typeof loaded === "string") return { name, available: false, description: loaded, gflops: null };
    return { name, available: true, description: loaded.description, gflops: measure(setKernels(name)) };
  });
  const { name } = useKernels().kernels;
  return reports.map((report) => ({ ...report, isDefault: report.name === name }));
}

/** The best of some products within about 150 ms: other work on the machine only ever makes one slower. */
function measure(kernels: Kernels): number {
  const n = kernels.name === "loops" ? 128 : 512;
  const [a, b, out] = [0, 1, 2].map(() => kernels.allocate("float32", n * n)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  a.fill(0.5);
  b.fill(0.25);
  let best = Infinity;
  const end = performance.now() + 150;
  do {
    const start = performance.now();
    kernels.gemm({ m: n, n, k: n, a, b, out });
    best = Math.min(best, performance.now() - start);
  } while (performance.now() < end);
  return (2 * n ** 3) / (best * 1e6);
}
