/** Files on disk: written whole or not at all, and never without a word about what they replace. */
import { constants as bufferLimits } from "node:buffer";
import { randomUUID } from "node:crypto";
import type { Stats } from "node:fs";
import { access, constants, lstat, open, readdir, readFile, realpath, rename, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join, resolve, sep } from "node:path";
import { systemReason, UserError } from "./user-mistake.ts";

/**
 * The bytes of a file; an error names it even where the system's does not.
 * @param most - bytes; a larger file is refused before it is read
 */
export async function readBytes(path: string, most: number = Number.POSITIVE_INFINITY): Promise<Uint8Array> {
  try {
    const { size } = await stat(path);
    if (size > most) throw new UserError(`${path}: expected a file of at most ${most} bytes, got ${size}`);
    return await readFile(path);
  } catch (error) {
    throw Object.assign(error as Error, { path });
  }
}

/** Most bytes of a text file: what a string can hold. */
export const mostTextBytes: number = bufferLimits.MAX_STRING_LENGTH;

export async function readText(path: string): Promise<string> {
  return new TextDecoder().decode(await readBytes(path, mostTextBytes));
}

/**
 * Writes to a temporary file beside `path`, flushes it, and renames it. Whoever reads `path` finds the old file or the
 * new one, whole, whatever happens in between: a full disk, a kill, a power failure. A link is followed.
 *
 * @returns whether an older file was replaced
 * @throws {UserError} naming `path` when it cannot be written; the old file is then as it was
 */
export async function writeFile(path: string, content: string | Uint8Array): Promise<boolean> {
  const { target, old } = await findTarget(path);
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  const folder = dirname(target);
  const temporary = temporaryPath(folder);
  try {
    await removeAbandoned(folder);
    await writeWhole(temporary, bytes, old);
    await rename(temporary, target);
    await flushFolder(folder);
  } catch (error) {
    throw cannotWrite(path, error, old && "; the old file is unchanged");
  } finally {
    await rm(temporary, { force: true });
  }
  return old !== undefined;
}

/** @param like - a file whose permissions and owner the new one gets */
async function writeWhole(path: string, bytes: Uint8Array, like: Stats | undefined): Promise<void> {
  const file = await open(path, "wx", like?.mode);
  try {
    await file.writeFile(bytes); // goes on after a short write, as a nearly full disk makes them
    if (like) {
      await file.chown(like.uid, like.gid).catch(() => {}); // only root may give files away
      await file.chmod(like.mode);
    }
    await file.sync();
    const { size } = await file.stat();
    if (size !== bytes.length) throw new UserError(`only ${size} of ${bytes.length} bytes were written`);
  } finally {
    await file.close();
  }
}

/** So that the rename outlasts a power failure; not every system has this. */
export async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}

/** The file that `path` leads to, and what is known of it if it is there. */
async function findTarget(path: string): Promise<{ target: string; old: Stats | undefined }> {
  if (path.trim() === "") throw new UserError("cannot write to a file without a name");
  const full = resolve(path);
  const old = await stat(full).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw cannotWrite(path, error);
  });
  if (old?.isDirectory() || path.endsWith(sep)) throw cannotWrite(path, "it is a folder, expected a file name");
  if (old && !old.isFile()) throw cannotWrite(path, "it is a device or a pipe, expected a file name");
  if (old) {
    await access(full, constants.W_OK).catch((error) => {
      throw cannotWrite(path, error);
    });
    return { target: await realpath(full), old };
  }
  const folder = await realpath(dirname(full)).catch(() => {
    throw cannotWrite(path, `the folder ${dirname(full)} does not exist`);
  });
  const link = await lstat(full).catch(() => undefined);
  if (link) throw cannotWrite(path, "it is a link to a file that does not exist");
  return { target: join(folder, basename(full)), old: undefined };
}

function cannotWrite(path: string, error: unknown, more = ""): UserError {
  const reason = systemReason(error) ?? (error instanceof Error ? error.message : String(error));
  return new UserError(`cannot write ${path}: ${reason}${more}`, { cause: error });
}

/**
 * Refuses, before long work, outputs that could not be saved. Those that were not asked for are `undefined`.
 * @throws {UserError} naming the output whose folder is missing or not writable, that is a folder, a device or a pipe, or
 *   that is the same file as another one, by whatever names
 */
export async function checkOutputs(paths: readonly (string | undefined)[]): Promise<void> {
  const targets = new Map<string, string>();
  for (const path of paths) {
    if (path === undefined) continue;
    const { target } = await findTarget(path);
    const folder = dirname(target);
    await checkCreatable(folder).catch(() => {
      throw cannotWrite(path, `the folder ${folder} is not writable`);
    });
    const other = targets.get(target);
    if (other !== undefined)
      throw new UserError(
        other === path
          ? `cannot write ${path} twice; name a different file for every output`
          : `cannot write both ${other} and ${path}: they are one file; name a different one for every output`,
      );
    targets.set(target, path);
  }
}

/**
 * Tried for real: permission bits say nothing to root, nor about read-only file systems.
 * @throws the system's error when nothing can be created in the folder
 */
export async function checkCreatable(folder: string): Promise<void> {
  const probe = temporaryPath(folder);
  await (await open(probe, "wx")).close();
  await rm(probe);
}

const machine = hostname().replaceAll(/\W/g, "").slice(0, 40);

/** This process in the names of temporary files; {@link isAbandoned} tells whether the one in a name still lives. */
export const thisProcess: string = `${machine}-${process.pid}`;

/** A new name in `folder` for something that is renamed when it is complete; see {@link removeAbandoned}. */
export function temporaryPath(folder: string): string {
  return join(folder, `.chainrule-${thisProcess}-${randomUUID().slice(0, 8)}.tmp`);
}

const temporaryName = /^\.chainrule-(\w*-\d+)-\w{8}\.tmp$/;

export function isTemporary(name: string): boolean {
  return temporaryName.test(name);
}

/** Removes the temporary files that killed processes left in `folder`. */
export async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const [, owner] = temporaryName.exec(name) ?? [];
    const path = join(folder, name);
    if (owner !== undefined && (await isAbandoned(path, owner, 3_600_000)))
      await rm(path, { force: true, recursive: true });
  }
}

/**
 * Has the process that writes `path` ended? Of one on another machine, or whose number another has by now, all that can
 * be known is when it last wrote.
 * @param idleMs - nobody leaves the file alone for so long while writing it
 */
export async function isAbandoned(path: string, owner: string, idleMs: number): Promise<boolean> {
  const [host, pid] = owner.split("-");
  if (host === machine && !isAlive(Number(pid))) return true;
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > idleMs;
}

/** How long somebody who cannot be asked, or who has not said who it is, may leave a lock alone. */
export interface LockPatience {
  readonly idleMs: number;
  readonly namelessMs: number;
}

/**
 * Makes a file that names this process, and that one process at a time can have. That of a process which has ended is taken over.
 * @param inUse - the error to throw when process `owner` has it
 * @returns gives it free again
 */
export async function lockFile(
  path: string,
  { idleMs, namelessMs }: LockPatience,
  inUse: (owner: string) => Error,
): Promise<() => Promise<void>> {
  for (;;) {
    try {
      const file = await open(path, "wx");
      await file.writeFile(thisProcess);
      await file.close();
      return () => rm(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      const owner = await readFile(path, "utf8").catch(() => "");
      if (!(await isAbandoned(path, owner, owner === "" ? namelessMs : idleMs))) throw inUse(owner);
      await rm(path, { force: true });
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"; // somebody else's
  }
}
