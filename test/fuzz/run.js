/**
 * `npm run fuzz -- --seed 442 --runs 10000 [name…]`: random inputs for whatever reads what people write.
 * Every other file of this folder exports `fuzz({ seed, runs })`, which throws at the first input that is treated wrong,
 * naming it, and returns a line about what it tried. The same seed gives the same inputs.
 */
import { readdirSync } from "node:fs";
import { parse } from "node:path";
import { parseArgs } from "node:util";
import { createJiti } from "jiti";

const { values, positionals } = parseArgs({
  options: { seed: { type: "string", default: "442" }, runs: { type: "string", default: "10000" } },
  allowPositionals: true,
});
const options = { seed: Number(values.seed), runs: Number(values.runs) };
const jiti = createJiti(import.meta.url); // the scripts are TypeScript and import from src

const files = readdirSync(import.meta.dirname).filter((file) => /^(?!run\.).*\.[jt]s$/.test(file));
for (const file of files.sort()) {
  const { name } = parse(file);
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  const start = performance.now();
  try {
    const { fuzz } = await jiti.import(`./${file}`);
    console.log(`${name}: ${await fuzz(options)}; ${((performance.now() - start) / 1000).toFixed(1)} s`);
  } catch (error) {
    process.exitCode = 1;
    console.error(`${name} (--seed ${options.seed} --runs ${options.runs}): ${error.stack}`);
  }
}
