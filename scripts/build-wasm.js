/**
 * Compiles src/kernels/wasm/assembly twice, with and without fused multiply-add, into one TypeScript file of base64 text,
 * so that the bytes travel inside the bundle to Node and to browsers alike. Does nothing when the file is newer than its sources.
 */
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { main as compile } from "assemblyscript/asc";

const folder = fileURLToPath(new URL("../src/kernels/wasm/", import.meta.url));
const target = join(folder, "modules.generated.ts");
const sources = (await readdir(join(folder, "assembly"))).map((name) => join(folder, "assembly", name));

const changed = async (file) => (await stat(file).catch(() => ({ mtimeMs: 0 }))).mtimeMs;
const newest = Math.max(...(await Promise.all([...sources, fileURLToPath(import.meta.url)].map(changed))));
if ((await changed(target)) < newest) await build();

async function build() {
  const scratch = await mkdtemp(join(tmpdir(), "chainrule-wasm-"));
  try {
    const plain = await assemble(join(scratch, "plain.wasm"), []);
    const fused = await assemble(join(scratch, "fused.wasm"), ["--enable", "relaxed-simd"]);
    await writeFile(
      target,
      "// Written by scripts/build-wasm.js from assembly/; run `npm run wasm` after a change there.\n" +
        `export const plainModule: string =\n  "${plain}";\nexport const fusedModule: string =\n  "${fused}";\n`,
    );
  } finally {
    await rm(scratch, { recursive: true });
  }
}

/** @returns the module in base64 */
async function assemble(outFile, extra) {
  const features = ["simd", "threads", "bulk-memory"].flatMap((name) => ["--enable", name]);
  const memory = ["--importMemory", "--sharedMemory", "--initialMemory", "1", "--maximumMemory", "65536"];
  const { error, stderr } = await compile([
    join(folder, "assembly", "index.ts"),
    ...["-O3", "--converge", "--noAssert", "--runtime", "stub", "--outFile", outFile],
    ...features,
    ...memory,
    ...extra,
  ]);
  if (error) throw new Error(`build-wasm: ${error.message}\n${stderr.toString()}`);
  return (await readFile(outFile)).toString("base64");
}
