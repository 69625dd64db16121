/** The files of a dataset in the CIFAR-10 binary layout (see `cifar10.ts`), wherever they come from, to a dataset. */
import { FormatError, UserError } from "../errors.ts";
import {
  cifar10Description,
  classNamesFile,
  type DatasetDescription,
  descriptionFile,
  type FileBytes,
  parseBatches,
  parseClassNames,
  parseDescription,
} from "./cifar10.ts";
import type { Dataset } from "./dataset.ts";

type NamedFiles = ReadonlyMap<string, FileBytes>;

/**
 * What `dataset.json` says, or what the official files are; class names included, from `dataset.json` where it has some.
 * @throws {UserError} without class names
 * @throws {FormatError} for a description or names that cannot be
 */
export function describeDataset(
  files: NamedFiles,
  where: string,
): DatasetDescription & { classNames: readonly string[] } {
  const text = (name: string): string | undefined => {
    const file = files.get(name);
    return file && new TextDecoder().decode("read" in file ? file.read() : file);
  };
  return inFolder(where, () => {
    const described = text(descriptionFile);
    const description = described === undefined ? cifar10Description : parseDescription(described);
    if (description.classNames) return { ...description, classNames: description.classNames };
    const names = text(classNamesFile);
    if (names === undefined) throw new UserError(`readDataset: ${classNamesFile} is missing in ${where}`);
    return { ...description, classNames: parseClassNames(names) };
  });
}

/**
 * The files of a dataset folder, by name, to a dataset.
 *
 * @param where - for messages: the folder or archive
 * @throws {UserError} when a file is missing
 * @throws {FormatError} when one is truncated or has labels without a class
 */
export function parseDatasetFiles(files: NamedFiles, where: string): Dataset {
  const { records, ...about } = describeDataset(files, where);
  const read = (start: string): Dataset["train"] => {
    const names = Object.keys(records).filter((name) => name.startsWith(start));
    if (names.length === 0)
      throw new FormatError(
        `${where}: expected files ${start}….bin for the ${start === "data_batch" ? "training" : "test"} part, got none`,
      );
    const batches = names.map((name) => {
      const file = files.get(name);
      if (!file) throw new UserError(`readDataset: ${name} is missing in ${where}`);
      return [name, file] as const;
    });
    return inFolder(where, () => parseBatches(batches, { ...about, records }, about.classNames.length));
  };
  return { ...about, train: read("data_batch"), test: read("test_batch") };
}

/** Messages about what a file holds name the folder too. */
function inFolder<T>(where: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof FormatError) throw new FormatError(`${where}: ${error.message}`);
    throw error;
  }
}
