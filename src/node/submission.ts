/** Handed-in archives: made, looked into without trust, and compared with each other. */
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { strFromU8, strToU8, unzipSync, zipSync } from "fflate";
import type { Task } from "../exercises/task.ts";
import { readBytes } from "./files.ts";
import { projectFiles } from "./grade-project.ts";
import { UserError } from "./user-mistake.ts";

const mostFiles = 200;
const mostFileBytes = 1e6;
const mostArchiveBytes = 5e6;

/** Fixed, so that the same files make the same archive. */
const packedAt = new Date(2000, 0, 1);

export async function packSubmission(
  folder: string,
  tasks: readonly Task[],
): Promise<{ bytes: Uint8Array; files: string[] }> {
  const files = await projectFiles(folder, tasks);
  const missing = tasks.filter(({ part, file }) => part !== "extras" && !files.has(file)).map(({ file }) => file);
  if (missing.length > 0) throw new UserError(`exercises pack: ${folder} lacks ${missing.join(", ")}`);
  for (const [name, text] of files)
    if (text.length > mostFileBytes)
      throw new UserError(`exercises pack: ${name} has ${text.length} bytes, expected at most ${mostFileBytes}`);
  const entries = Object.fromEntries([...files].sort().map(([name, text]) => [name, strToU8(text)]));
  return { bytes: zipSync(entries, { mtime: packedAt, level: 9 }), files: Object.keys(entries) };
}

/**
 * The files of an archive. Sizes are looked at before anything is unpacked.
 * @throws {UserError} for names that lead out of the folder, too many or too large files, or a broken archive
 */
export async function readSubmission(file: string): Promise<Map<string, string>> {
  const bytes = await readBytes(file, mostArchiveBytes);
  let count = 0;
  const refuse = (what: string): never => {
    throw new UserError(`${file}: ${what}`);
  };
  let entries: Record<string, Uint8Array>;
  try {
    entries = unzipSync(bytes, {
      filter: ({ name, originalSize }) => {
        if (++count > mostFiles) refuse(`expected at most ${mostFiles} files`);
        if (/^[/\\]|(^|[/\\])\.\.([/\\]|$)|^[a-z]:|\0|\\/i.test(name))
          refuse(`the name ${JSON.stringify(name)} leads out of the folder`);
        if (originalSize > mostFileBytes)
          refuse(`${name} has ${originalSize} bytes, expected at most ${mostFileBytes}`);
        return /\.[mc]?[jt]s$/.test(name);
      },
    });
  } catch (error) {
    if (error instanceof UserError) throw error;
    return refuse(`expected a zip archive, got one that cannot be read: ${(error as Error).message}`);
  }
  const files = new Map(Object.entries(entries).map(([name, content]) => [name, strFromU8(content)]));
  return withoutOuterFolder(files);
}

/** Many tools put everything into one more folder. */
function withoutOuterFolder(files: Map<string, string>): Map<string, string> {
  const inner = [...files.keys()].map((name) => /^(?:.*\/)?((?:backprop|fitting|network)\/[^/]+)$/.exec(name)?.[1]);
  if (inner.some((name) => name === undefined) || new Set(inner).size < inner.length) return files;
  return new Map([...files.values()].map((text, i) => [inner[i]!, text]));
}

/** Unpacks to a temporary folder for as long as `work` takes. */
export async function withFolder<T>(
  files: ReadonlyMap<string, string>,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "chainrule-submission-"));
  try {
    for (const [name, text] of files) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The same for the same files. */
export function bytesDigest(files: ReadonlyMap<string, string>): string {
  const hash = createHash("sha256");
  for (const [name, text] of [...files].sort()) hash.update(`${name}\0${text}\0`);
  return hash.digest("hex");
}

/** The same for files that differ in comments, spaces and the names of variables only. */
export function tokensDigest(files: ReadonlyMap<string, string>): string {
  const hash = createHash("sha256");
  for (const [name, text] of [...files].sort()) {
    const names = new Map<string, number>();
    const code = text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
    const tokens = code.match(/[A-Za-z_$][\w$]*|\d[\w.]*|"[^"]*"|'[^']*'|`[^`]*`|\S/g) ?? [];
    for (const token of tokens) {
      const isName = /^[A-Za-z_$]/.test(token);
      if (isName && !names.has(token)) names.set(token, names.size);
      hash.update(isName ? `n${names.get(token)} ` : `${token} `);
    }
    hash.update(`\0${name}\0`);
  }
  return hash.digest("hex");
}
