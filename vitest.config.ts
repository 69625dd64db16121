import { defineConfig, type ViteUserConfig } from "vitest/config";
import pkg from "./package.json" with { type: "json" };

const config: ViteUserConfig = defineConfig({
  define: { __VERSION__: JSON.stringify(pkg.version) },
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    reporters: ["default", "./test/closing-line.ts"],
    globalSetup: ["test/build.ts"], // whole-program tests run the built command
    testTimeout: 30_000,
    onConsoleLog: (log) => {
      throw new Error(`a test wrote to the console: ${log}`);
    },
    pool: "forks",
  },
});
export default config;
