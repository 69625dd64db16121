import { type Checkpoint, parseCheckpoint } from "../training/index.ts";
import { readBytes } from "./files.ts";

/** @throws {FormatError} starting with the file's name when it is not a whole checkpoint */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  return parseCheckpoint(await readBytes(path), path);
}
