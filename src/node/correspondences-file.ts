import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { parseCorrespondences } from "../fitting/index.ts";
import type { Tensor } from "../tensor/index.ts";

/**
 * Points and targets from a `.npy` or text file with the columns x, y, x', y'.
 * @throws {FormatError} when the file holds something else
 */
export async function readCorrespondences(path: string): Promise<[p: Tensor<"float64">, pPrime: Tensor<"float64">]> {
  return parseCorrespondences(await readFile(path), basename(path));
}
