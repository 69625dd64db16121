import { FormatError } from "../errors.ts";

/**
 * @param file - starts the message
 * @throws {FormatError} for anything but JSON, naming the line
 */
export function parseJsonText(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const line = text.slice(0, brokenAt(text)).trimEnd().split("\n").length;
    throw new FormatError(`${file}: expected JSON, got something else in line ${line}: ${(error as Error).message}`);
  }
}

/** How many characters it takes to be no JSON any more; not every message of the parser says where that is. */
function brokenAt(text: string): number {
  let [good, bad] = [0, text.length];
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (canGoOn(text.slice(0, middle))) good = middle;
    else bad = middle;
  }
  return bad;
}

/** Whether the text is JSON, or the beginning of some. */
function canGoOn(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    const { message } = error as Error;
    const position = /position (\d+)/.exec(message)?.[1];
    return (
      /end of JSON|Unterminated string/.test(message) || (position !== undefined && Number(position) >= text.length)
    );
  }
}
