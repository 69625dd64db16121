/** Files on disk: written whole or not at all. */
import { readFile, realpath, rm, stat, writeFile as writePlainly } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { UserError } from "./user-mistake.ts";

/** The bytes of a file; an error names it even where the system's does not. */
export async function readBytes(path: string): Promise<Uint8Array> {
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw Object.assign(error, { path });
  });
}

/** Writes to a temporary file beside `path`, flushes it, and renames it: readers see the old bytes or the new. */
export async function writeFile(path: string, content: string | Uint8Array): Promise<void> {
  await writeFileAtomic(
    path,
    typeof content === "string" ? content : Buffer.from(content.buffer, content.byteOffset, content.byteLength),
  );
}

/**
 * Says before long work that its result could not be saved.
 * @throws {UserError} when the folder of `path` is missing or not writable, or `path` is a folder
 */
export async function checkWritable(path: string): Promise<void> {
  if (path.trim() === "") throw new UserError("cannot write to a file without a name");
  const folder = dirname(resolve(path));
  const found = await stat(folder).catch(() => undefined);
  if (!found?.isDirectory()) throw new UserError(`cannot write ${path}: the folder ${folder} does not exist`);
  await checkCreatable(folder, basename(path)).catch((error: NodeJS.ErrnoException) => {
    const isTooLong = error.code === "ENAMETOOLONG";
    throw new UserError(
      `cannot write ${path}: ${isTooLong ? "the name is too long" : `the folder ${folder} is not writable`}`,
    );
  });
  if ((await stat(path).catch(() => undefined))?.isDirectory())
    throw new UserError(`cannot write ${path}: it is a folder, expected a file name`);
}

/**
 * Tried for real: permission bits say nothing to root, nor about read-only file systems or names that are too long.
 * @throws the system's error when nothing of that name can be created in the folder
 */
export async function checkCreatable(folder: string, name = ""): Promise<void> {
  const probe = join(folder, `.chainrule-${process.pid}-${name}`);
  await writePlainly(probe, "", { flag: "wx" });
  await rm(probe);
}

/**
 * {@link checkWritable} for all files that one command writes; those that were not asked for are `undefined`.
 * @throws {UserError} also when two of them are one file, by whatever names
 */
export async function checkOutputs(paths: readonly (string | undefined)[]): Promise<void> {
  const asked = paths.filter((path) => path !== undefined);
  const places = new Map<string, string>();
  for (const path of asked) {
    await checkWritable(path);
    const place = await realpath(path).catch(async () => join(await realpath(dirname(resolve(path))), basename(path)));
    const other = places.get(place);
    if (other !== undefined)
      throw new UserError(
        other === path
          ? `cannot write ${path} twice; name a different file for every output`
          : `cannot write both ${other} and ${path}: they are one file; name a different one for every output`,
      );
    places.set(place, path);
  }
}
