/**
 * Compiles AssemblyScript into TypeScript files of base64 text, so that the bytes travel inside the bundle to Node and to
 * browsers alike: src/kernels/wasm/assembly twice, with and without fused multiply-add, and src/fitting/assembly.
 * Does nothing for a file that is newer than its sources.
 */
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const source = fileURLToPath(new URL("../src/", import.meta.url));
const features = ["simd", "threads", "bulk-memory"].flatMap((name) => ["--enable", name]);
const shared = ["--importMemory", "--sharedMemory", "--initialMemory", "1", "--maximumMemory", "65536", ...features];

await generate("kernels/wasm/modules.generated.ts", "kernels/wasm/assembly", async (compiled) => ({
  plainModule: await compiled("index.ts", shared),
  fusedModule: await compiled("index.ts", [...shared, "--enable", "relaxed-simd"]),
}));
await generate("fitting/moments.generated.ts", "fitting/assembly", async (compiled) => ({
  momentsModule: await compiled("moments.ts", ["--initialMemory", "1", "--maximumMemory", "1"]),
}));

/** Writes `target` with a string constant per module unless it is newer than everything in `folder` and this script. */
async function generate(target, folder, modules) {
  const sources = (await readdir(join(source, folder))).map((name) => join(source, folder, name));
  const changed = async (file) => (await stat(file).catch(() => ({ mtimeMs: 0 }))).mtimeMs;
  const newest = Math.max(...(await Promise.all([...sources, fileURLToPath(import.meta.url)].map(changed))));
  if ((await changed(join(source, target))) >= newest) return;
  const found = await modules((file, options) => assemble(join(source, folder, file), options));
  const constants = Object.entries(found).map(([name, text]) => `export const ${name}: string =\n  "${text}";\n`);
  await writeFile(
    join(source, target),
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
    const { error, stderr } = await compile([file, ...general, ...options]);
    if (error) throw new Error(`build-wasm: ${error.message}\n${stderr.toString()}`);
    return (await readFile(outFile)).toString("base64");
  } finally {
    await rm(scratch, { recursive: true });
  }
}
