/**
 * Runs every example as a reader would, each with a limit of time, and stops at the first that fails.
 * The examples import "chainrule" by its own name, which Node resolves to the built package in this folder.
 *
 * node scripts/run-examples.js [--limit SECONDS] [NAME…]
 */
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));
const { values, positionals } = parseArgs({
  options: { limit: { type: "string", default: "60" } },
  allowPositionals: true,
});
const limit = Number(values.limit);
if (!(limit > 0)) fail(`run-examples: expected --limit to be seconds > 0, got ${values.limit}`);
if (!existsSync(`${root}/dist/index.js`)) fail("run-examples: the package is not built yet; run `npm run build` first");

const folder = `${root}/examples`;
const examples = (existsSync(folder) ? readdirSync(folder) : [])
  .filter((file) => file.endsWith(".js"))
  .filter((file) => positionals.length === 0 || positionals.some((name) => file === name || file === `${name}.js`))
  .sort();
if (examples.length === 0)
  fail(`run-examples: no example${positionals.length ? ` named ${positionals.join(", ")}` : ""}`);

for (const file of examples) {
  const { code, signal, output, seconds } = await run(file);
  const took = `${seconds.toFixed(1)} s`;
  if (code === 0) {
    console.log(`ok    examples/${file}  ${took}`);
    continue;
  }
  console.log(`FAIL  examples/${file}  ${signal ? `stopped after ${took}` : `exit code ${code}, ${took}`}`);
  fail(output.trimEnd());
}
console.log(`${examples.length} examples ran`);

/** @param {string} file */
function run(file) {
  const start = performance.now();
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [`${folder}/${file}`], { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text) => {
        output = (output + text).slice(-20_000);
      });
    const timer = setTimeout(() => child.kill("SIGKILL"), limit * 1000);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, output, seconds: (performance.now() - start) / 1000 });
    });
  });
}

/** @param {string} message */
function fail(message) {
  console.error(message);
  process.exit(1);
}
