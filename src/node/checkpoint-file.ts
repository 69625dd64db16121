import { FormatError } from "../errors.ts";
import { type Checkpoint, parseCheckpoint } from "../training/index.ts";
import { readBytes } from "./files.ts";

/** @throws {FormatError} starting with the file's name when it is not a whole checkpoint */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  const bytes = await readBytes(path);
  try {
    return parseCheckpoint(bytes);
  } catch (error) {
    if (error instanceof FormatError) throw new FormatError(`${path}: ${error.message}`);
    throw error;
  }
}
