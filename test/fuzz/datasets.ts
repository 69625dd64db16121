/** Damaged dataset folders, IDX files and class names: read as what they are, or refused with one of the library's errors. */
import {
  parseBatches,
  parseClassNames,
  parseDatasetFiles,
  parseDescription,
  parseIdx,
  shapesDataset,
} from "../../src/data/index.ts";
import { FormatError } from "../../src/errors.ts";
import { formatDatasetFiles } from "../../src/node/dataset-folder.ts";
import { UserError } from "../../src/node/user-mistake.ts";
import { createRng, type Rng } from "../../src/tensor/index.ts";

const dataset = shapesDataset({ numTrain: 12, numTest: 3, size: 8 });
const files = formatDatasetFiles(dataset);
const idx = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8);
const json = [
  "{",
  "}",
  "[",
  "]",
  '"',
  ":",
  ",",
  "-1",
  "1e99",
  "null",
  "true",
  '"__proto__"',
  '"records"',
  "\\u0000",
  "\n",
  "9",
  `${"[".repeat(20_000)}${"]".repeat(20_000)}`,
];

export function fuzz({ seed, runs }: { seed: number; runs: number }): string {
  const rng = createRng(seed);
  let refused = 0;
  for (let run = 0; run < runs; run++) {
    const read = [readFolder, readIdx, readText][run % 3]!;
    const { input, parse } = read(rng);
    try {
      parse();
    } catch (error) {
      if (!(error instanceof FormatError || error instanceof UserError))
        throw new Error(`run ${run}: ${JSON.stringify(input).slice(0, 2000)}`, { cause: error });
      refused++;
    }
  }
  return `${runs} damaged datasets, ${refused} of them refused`;
}

interface Try {
  readonly input: unknown;
  readonly parse: () => unknown;
}

function readFolder(rng: Rng): Try {
  const changed = new Map(files.map(([name, bytes]) => [name, bytes]));
  const [name, bytes] = files[rng.integer(0, files.length - 1)]!;
  if (rng.uniform() < 0.1) changed.delete(name);
  else changed.set(name, damage(bytes, rng));
  return { input: [name, [...(changed.get(name) ?? [])]], parse: () => parseDatasetFiles(changed, "folder") };
}

function readIdx(rng: Rng): Try {
  const bytes = damage(idx, rng);
  return { input: [...bytes], parse: () => parseIdx(bytes) };
}

function readText(rng: Rng): Try {
  const good = new TextDecoder().decode(files.at(-1)![1]);
  const at = rng.integer(0, good.length);
  const piece = json[rng.integer(0, json.length - 1)]!;
  const input = good.slice(0, at) + piece + good.slice(at + rng.integer(0, 12));
  const parse = (): unknown => {
    if (rng.uniform() < 0.2) return parseClassNames(input);
    const description = parseDescription(input);
    const names = Object.keys(description.records);
    return parseBatches(
      names.map((name) => [name, new Uint8Array(rng.integer(0, 1000))] as const),
      description,
      10,
    );
  };
  return { input, parse };
}

/** A few bytes changed, cut off or added. */
function damage(bytes: Uint8Array, rng: Rng): Uint8Array {
  const length = rng.uniform() < 0.3 ? rng.integer(0, bytes.length + 5) : bytes.length;
  const damaged = new Uint8Array(length);
  damaged.set(bytes.subarray(0, length));
  for (let i = rng.integer(0, 4); i > 0 && length > 0; i--)
    damaged[rng.integer(0, Math.min(length - 1, 60))] = rng.integer(0, 255);
  return damaged;
}
