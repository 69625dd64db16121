import { defineConfig, type UserConfig } from "tsdown";
import pkg from "./package.json" with { type: "json" };

const config: UserConfig = defineConfig({
  entry: {
    index: "src/index.ts",
    "node/main": "src/node/main.ts", // the same names in Node, with worker threads and BLAS to choose from
    "node/index": "src/node/index.ts",
    "cli/run": "src/cli/run.ts",
  },
  format: "esm",
  platform: "neutral", // the main entry must stay free of Node; node: imports stay as they are
  target: "es2023",
  fixedExtension: false,
  dts: true,
  sourcemap: false,
  clean: true,
  define: { __VERSION__: JSON.stringify(pkg.version) },
  external: [/^node:/],
});
export default config;
