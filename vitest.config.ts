import { defineConfig, type ViteUserConfig } from "vitest/config";
import pkg from "./package.json" with { type: "json" };

const config: ViteUserConfig = defineConfig({
  define: { __VERSION__: JSON.stringify(pkg.version) },
  test: {
    reporters: ["default", "./test/closing-line.ts"],
    testTimeout: 30_000,
    onConsoleLog: (log) => {
      throw new Error(`a test wrote to the console: ${log}`);
    },
    pool: "forks", // a test may change the working directory
    maxWorkers: "100%",
    projects: [
      {
        extends: true,
        // Files of one process share their modules, which halves the time; none of them replaces a module.
        test: {
          name: "sources",
          include: ["src/**/*.test.ts", "studio/**/!(*.page).test.ts"],
          isolate: false,
          setupFiles: ["test/same-kernels.ts"],
        },
      },
      { extends: true, test: { name: "commands", include: ["test/*.test.ts"] } },
      {
        extends: true,
        test: { name: "built", include: ["test/built/*.test.ts"], globalSetup: ["test/built/build.ts"] },
      },
      {
        extends: true, // hundreds of processes: a minute and more
        test: { name: "course", include: ["test/course/*.test.ts"], globalSetup: ["test/built/build.ts"] },
      },
      {
        extends: true,
        test: { name: "queue", include: ["test/queue/*.test.ts"], globalSetup: ["test/built/build.ts"] },
      },
      {
        extends: true,
        test: {
          name: "browser",
          retry: 2, // a real browser on a loaded machine may be slower than any wait
          include: ["test/browser/*.test.ts", "studio/test/*.page.test.ts"],
          globalSetup: ["test/built/build.ts"],
        },
      },
      {
        extends: true,
        test: {
          name: "disk", // the same tests as in "built", for minutes
          include: ["test/built/{whole-files,replace-dataset}.test.ts"],
          globalSetup: ["test/built/build.ts"],
          env: { LONG: "yes" },
        },
      },
      { extends: true, test: { name: "package", include: ["test/package/*.test.ts"] } },
    ],
    coverage: { provider: "v8", include: ["src/**/*.ts"], reporter: ["text", "html"] },
  },
});
export default config;
