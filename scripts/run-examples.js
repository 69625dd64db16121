/**
 * Compiles every example and every section of docs/library.md, then runs them as a reader would, each with a limit of
 * time, and stops at the first that fails. They import "chainrule" by its own name, which Node resolves to the built
 * package in this folder.
 *
 * node scripts/run-examples.js [--limit SECONDS] [NAME…]
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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

const sections = writeSections("docs/library.md");
const examples = [...readdirSync(`${root}/examples`).map((file) => `examples/${file}`), ...sections]
  .filter((file) => file.endsWith(".ts"))
  .filter((file) => positionals.length === 0 || positionals.some((name) => file.includes(name)))
  .sort();
if (examples.length === 0) fail(`run-examples: no example named ${positionals.join(", ")}`);

const compiled = spawnSync("npx", ["tsc", "-p", "examples"], { cwd: root, encoding: "utf8" });
if (compiled.status !== 0) fail(compiled.stdout + compiled.stderr);
for (const file of examples) {
  if (file.endsWith(".browser.ts")) continue; // there is no page here
  const { code, signal, output, seconds } = await run(file);
  const took = `${seconds.toFixed(1)} s`;
  if (code === 0) {
    console.log(`ok    ${file}  ${took}`);
    continue;
  }
  console.log(`FAIL  ${file}  ${signal ? `stopped after ${took}` : `exit code ${code}, ${took}`}`);
  fail(output.trimEnd());
}
console.log(`${examples.length} examples compiled, those that need no page ran`);

/**
 * The TypeScript of each section as one file; `ts browser` blocks in files of their own.
 * A line `console.log(…); // text` is checked: it must print that text, up to a semicolon.
 *
 * @param {string} page
 * @returns {string[]} the files
 */
function writeSections(page) {
  const folder = "examples/.sections";
  rmSync(`${root}/${folder}`, { recursive: true, force: true });
  mkdirSync(`${root}/${folder}`);
  const files = [];
  for (const section of readFileSync(`${root}/${page}`, "utf8").split(/^## /m).slice(1)) {
    const title = section
      .split("\n")[0]
      .toLowerCase()
      .replaceAll(/[^a-z]+/g, "-");
    for (const kind of ["ts", "ts browser"]) {
      const blocks = [...section.matchAll(/^```(.+)\n([\s\S]*?)^```$/gm)].filter(([, language]) => language === kind);
      if (blocks.length === 0) continue;
      const file = `${folder}/${title}${kind === "ts" ? "" : ".browser"}.ts`;
      const code = blocks.map(([, , text]) => text).join("\n");
      const said = [...code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, text]) => text.split("; ")[0]);
      writeFileSync(`${root}/${file}`, `${code}export {};\n/* prints\n${said.join("\n")}\n*/\n`);
      files.push(file);
    }
  }
  return files;
}

/** @param {string} file */
function run(file) {
  const start = performance.now();
  return new Promise((resolve) => {
    const args = ["--import", "jiti/register", `${root}/${file}`];
    const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text) => {
        output = (output + text).slice(-20_000);
      });
    const timer = setTimeout(() => child.kill("SIGKILL"), limit * 1000);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      const missing = linesPromised(file).filter((line) => !line.startsWith("about") && !output.includes(line));
      if (missing.length > 0) output += `expected it to print: ${missing.join(" | ")}`;
      resolve({ code: code || missing.length, signal, output, seconds: (performance.now() - start) / 1000 });
    });
  });
}

/** @param {string} file */
function linesPromised(file) {
  const [, lines = ""] = /\/\* prints\n([\s\S]*)\n\*\//.exec(readFileSync(`${root}/${file}`, "utf8")) ?? [];
  return lines.split("\n").filter(Boolean);
}

/** @param {string} message */
function fail(message) {
  console.error(message);
  process.exit(1);
}
