/**
 * Planted bugs: does a test notice? Plants one bug at a time in a copy of the tree, runs the tests that concern it, and
 * prints which bugs were caught and which survived. Exit code 1 when a bug survived, 2 when one no longer fits the code.
 *
 *     npm run plant                     all of them
 *     npm run plant -- data tensor/rng  those whose file contains one of these
 *
 * The bugs of a folder of `src/` are in `bugs/FOLDER.js`: `[file, search, replacement, tests]`, where `search` occurs once
 * in the file; `tests` are the paths that Vitest is to run, by default those of the folder.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const wanted = process.argv.slice(2);
const bugs = [];
for (const list of readdirSync(new URL("bugs", import.meta.url)).sort()) {
  const { default: found } = await import(new URL(`bugs/${list}`, import.meta.url));
  const folder = `src/${list.replace(/\.js$/, "/")}`;
  for (const [file, search, replacement, tests = folder] of found)
    bugs.push({ file: `${folder}${file}`, search, replacement, tests: tests.split(" ") });
}

const copy = mkdtempSync(join(tmpdir(), "chainrule-plant-"));
process.on("exit", () => rmSync(copy, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));
for (const name of readdirSync(root).filter((entry) => !["node_modules", ".git"].includes(entry)))
  cpSync(join(root, name), join(copy, name), { recursive: true });
symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));

/** Whether the tests pass, in the copy. */
function pass(tests) {
  const vitest = ["vitest", "run", "--project", "sources", "--project", "commands", "--bail", "1", ...tests];
  const { status, error } = spawnSync("npx", vitest, { cwd: copy, timeout: 300_000 });
  if (error && error.code !== "ETIMEDOUT") throw error;
  return status === 0;
}

const chosen = bugs.filter(({ file }) => wanted.length === 0 || wanted.some((part) => file.includes(part)));
for (const tests of new Set(chosen.map((bug) => bug.tests.join(" ")))) // or every bug would seem to be caught
  if (!pass(tests.split(" "))) {
    console.error(`plant: expected the tests ${tests} to pass without a bug, they fail; mend them first`);
    process.exit(2);
  }

const counts = { caught: 0, survived: 0, "does not fit": 0 };
for (const { file, search, replacement, tests } of chosen) {
  const path = join(copy, file);
  const before = readFileSync(path, "utf8");
  const fits = before.split(search).length === 2;
  let result = "does not fit";
  if (fits) {
    writeFileSync(
      path,
      before.replace(search, () => replacement),
    );
    result = pass(tests) ? "survived" : "caught";
    writeFileSync(path, before);
  }
  counts[result]++;
  console.log(`${result.padEnd(12)}  ${file}: ${search}  →  ${replacement === "" ? "(removed)" : replacement}`);
}
const count = counts.caught + counts.survived;
console.log(`\n${counts.caught} of ${count} caught, ${counts.survived} survived, ${counts["does not fit"]} do not fit`);
if (counts["does not fit"] > 0) process.exitCode = 2;
else if (counts.survived > 0) process.exitCode = 1;
