import { defineConfig, type UserConfig } from "tsdown";
import pkg from "./package.json" with { type: "json" };

const config: UserConfig = defineConfig({
  entry: {
    index: "src/index.ts",
    "plots/index": "src/plots/index.ts",
    "kernels/index": "src/kernels/index.ts",
    "layers/index": "src/layers/entry.ts",
    "node/main": "src/node/main.ts", // the same names in Node, with worker threads and BLAS to choose from
    "node/main-kernels": "src/node/main-kernels.ts",
    "node/main-layers": "src/node/main-layers.ts",
    "node/index": "src/node/index.ts",
    "node/learner-process": "src/node/learner-process.ts", // not exported either: what a process of its own runs
    "node/trial-process": "src/node/trial-process.ts", // likewise
    "training/index": "src/training/index.ts", // not exported by the package: what bench/ measures
    "cli/run": "src/cli/run.ts",
  },
  format: "esm",
  platform: "neutral", // the main entry must stay free of Node; node: imports stay as they are
  target: "es2023",
  fixedExtension: false,
  dts: true,
  sourcemap: false,
  clean: true,
  // What `chainrule exercises` hands out.
  copy: ["stub.ts", "assignment.md", "hints.md"].map((file) => ({
    from: `src/exercises/tasks/*/${file}`,
    to: "dist",
    flatten: false,
  })),
  define: { __VERSION__: JSON.stringify(pkg.version) },
  external: [/^node:/, "bullmq", "ioredis"],
});
export default config;
