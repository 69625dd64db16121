/** The library's source files by their paths, as they are. */
export const files: Readonly<Record<string, string>> = import.meta.glob<string>(
  [
    "../../../src/layers/*.ts",
    "../../../src/kernels/loops/*.ts",
    "../../../src/optim/*.ts",
    "!../../../src/**/*.test.ts",
    "!../../../src/**/*.cases.ts",
  ],
  { query: "?raw", import: "default", eager: true },
);
