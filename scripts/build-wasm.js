/**
 * Compiles the AssemblyScript of src/kernels/wasm/assembly, with and without fused multiply-add, into a TypeScript file of
 * base64 text, so that the bytes travel inside the bundle to Node and to browsers alike. Does nothing while that file is newer
 * than its sources.
 */
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../src/kernels/wasm/assembly/", import.meta.url));
const target = join(folder, "../modules.generated.ts");
const features = ["simd", "threads", "bulk-memory"].flatMap((name) => ["--enable", name]);
const shared = ["--importMemory", "--sharedMemory", "--initialMemory", "1", "--maximumMemory", "65536", ...features];

const sources = [...(await readdir(folder)).map((name) => join(folder, name)), fileURLToPath(import.meta.url)];
const changed = async (file) => (await stat(file).catch(() => ({ mtimeMs: 0 }))).mtimeMs;
if ((await changed(target)) < Math.max(...(await Promise.all(sources.map(changed))))) {
  const modules = {
    plainModule: await assemble("index.ts", shared),
    fusedModule: await assemble("index.ts", [...shared, "--enable", "relaxed-simd"]),
  };
  const constants = Object.entries(modules).map(([name, text]) => `export const ${name}: string =\n  "${text}";\n`);
  await writeFile(
    target,
    `// Written by scripts/build-wasm.js from assembly/; run \`npm run wasm\` after a change there.\n${constants.join("")}`,
  );
}

/** @returns the module in base64 */
async function assemble(file, options) {
  const scratch = await mkdtemp(join(tmpdir(), "chainrule-wasm-"));
  const outFile = join(scratch, "module.wasm");
  try {
    const general = ["-O3", "--converge", "--noAssert", "--runtime", "stub", "--outFile", outFile];
    const { main: compile } = await import("assemblyscript/asc"); // slow to load, and rarely needed
    const { error, stderr } = await compile([join(folder, file), ...general, ...options]);
    if (error) throw new Error(`build-wasm: ${error.message}\n${stderr.toString()}`);
    return (await readFile(outFile)).toString("base64");
  } finally {
    await rm(scratch, { recursive: true });
  }
}
