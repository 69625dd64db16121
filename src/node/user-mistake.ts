/** Which errors are the user's to mend (one line, exit code 2) and which are bugs (a stack, exit code 1). */
import { FormatError, SettingError, ShapeError } from "../errors.ts";

/** Something outside the program that cannot be used as asked: a missing file, an empty folder, no network. */
export class UserError extends Error {
  override name = "UserError";
}

const systemMistakes: Readonly<Record<string, string>> = {
  ENOENT: "no such file or folder",
  EACCES: "permission denied",
  EPERM: "not permitted",
  EISDIR: "is a folder, expected a file",
  ENOTDIR: "a part of the path is not a folder",
  EEXIST: "already exists",
  EROFS: "read-only file system",
  ENOSPC: "no space left on the device",
  EADDRINUSE: "the port is already in use",
  ENAMETOOLONG: "the name is too long",
  ELOOP: "too many links",
  EMFILE: "too many open files",
  EBUSY: "busy or locked",
  EIO: "the device reports an error",
  ENOTEMPTY: "the folder is not empty",
  ERR_FS_FILE_TOO_LARGE: "larger than 2 GiB",
};

function systemError(error: unknown): (Error & { code: string; path?: string }) | undefined {
  return error instanceof Error && "code" in error && String(error.code) in systemMistakes
    ? (error as Error & { code: string })
    : undefined;
}

export function isUserMistake(error: unknown): error is Error {
  const kinds = [UserError, FormatError, SettingError, ShapeError];
  return kinds.some((kind) => error instanceof kind) || systemError(error) !== undefined;
}

const longestLine = 580; // characters; messages may quote what a file holds

/** The message without anything that could move a terminal's cursor. */
export function oneLine(error: Error): string {
  const system = systemError(error);
  const text = system ? `${system.path ?? "file"}: ${systemMistakes[system.code]}` : error.message;
  const line = text.replaceAll(/[\p{Cc}\u2028\u2029]+\s*/gu, " ").trim();
  return line.length > longestLine ? `${line.slice(0, longestLine)}…` : line;
}
