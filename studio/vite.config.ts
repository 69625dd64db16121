/** The page: `npm run studio` for developing, `npm run studio:build` for a static site in dist/studio that works from any folder. */
import { defineConfig, type UserConfig } from "vite";
import pkg from "../package.json" with { type: "json" };
import { formulasPlugin } from "./formulas-plugin.ts";
import { policyPlugin } from "./policy-plugin.ts";
import { serviceWorkerPlugin } from "./service-worker-plugin.ts";

const isolated = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };

const config: UserConfig = defineConfig({
  root: import.meta.dirname,
  base: "./",
  plugins: [formulasPlugin(), policyPlugin(), serviceWorkerPlugin(import.meta.dirname)],
  define: { __VERSION__: JSON.stringify(pkg.version) },
  build: {
    outDir: "../dist/studio",
    emptyOutDir: true,
    target: "es2023",
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  worker: { format: "es" },
  server: { headers: isolated },
  preview: { headers: isolated },
});
export default config;
