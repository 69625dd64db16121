/** Which errors are the user's to correct (one line, exit code 2) and which are bugs (a stack, exit code 1). */
import { FormatError, SettingError, ShapeError, UserError } from "../errors.ts";

export { UserError };

const systemReasons: Readonly<Record<string, string>> = {
  ENOENT: "no such file or folder",
  EACCES: "permission denied",
  EPERM: "not permitted",
  EISDIR: "is a folder, expected a file",
  ENOTDIR: "a part of the path is not a folder",
  EEXIST: "already exists",
  EROFS: "read-only file system",
  ENOSPC: "no space left on the device",
  EDQUOT: "the disk quota is used up",
  EFBIG: "larger than files may be here",
  EADDRINUSE: "the port is already in use",
  ENAMETOOLONG: "the name is too long",
  ELOOP: "too many links",
  EMFILE: "too many open files",
  EBUSY: "busy or locked",
  EIO: "the device reports an error",
  ENOTEMPTY: "the folder is not empty",
  ERR_FS_FILE_TOO_LARGE: "larger than 2 GiB",
};

/** What the operating system complains about, in words; undefined for an error of another kind. */
export function systemReason(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? systemReasons[String(error.code)] : undefined;
}

export function isUserMistake(error: unknown): error is Error {
  const kinds = [UserError, FormatError, SettingError, ShapeError];
  return kinds.some((kind) => error instanceof kind) || systemReason(error) !== undefined;
}

const longestLine = 580; // characters; messages may quote what a file holds

/** The message without anything that could move a terminal's cursor. */
export function oneLine(error: Error & { path?: string }): string {
  const reason = systemReason(error);
  const text = reason === undefined ? error.message : `${error.path ?? "file"}: ${reason}`;
  const line = text.replaceAll(/[\p{Cc}\u2028\u2029]+\s*/gu, " ").trim();
  return line.length > longestLine ? `${line.slice(0, longestLine)}…` : line;
}
