/** How far a long job has come: a bar on a terminal, a plain line per tenth otherwise. On stderr. */
import cliProgress from "cli-progress";
import { io, remark } from "./print.ts";

export interface ProgressBar {
  /** @param total - undefined while it is unknown */
  update(done: number, total: number | undefined): void;
  stop(): void;
}

/**
 * @param what - starts the line: `reading images`
 * @param format - writes a count; default: the number itself
 */
export function progressBar(what: string, format: (count: number) => string = String): ProgressBar {
  return io().stderr.isTTY ? terminalBar(what, format) : plainLines(what, format);
}

function terminalBar(what: string, format: (count: number) => string): ProgressBar {
  const bar = new cliProgress.SingleBar(
    {
      format: `${what} {bar} {percentage}% | {done} of {all} | {eta_formatted} left`,
      clearOnComplete: true,
      hideCursor: true,
      gracefulExit: false,
      stream: io().stderr,
      etaBuffer: 200,
    },
    cliProgress.Presets.shades_classic,
  );
  let isStarted = false;
  const interrupted = (): void => {
    bar.stop(); // shows the cursor again
    process.kill(process.pid, "SIGINT");
  };
  return {
    update(done, total) {
      const payload = { done: format(done), all: total === undefined ? "?" : format(total) };
      if (isStarted) bar.update(done, payload);
      else {
        bar.start(total ?? Number.MAX_SAFE_INTEGER, done, payload);
        process.once("SIGINT", interrupted);
      }
      isStarted = true;
    },
    stop() {
      process.off("SIGINT", interrupted);
      bar.stop();
    },
  };
}

function plainLines(what: string, format: (count: number) => string): ProgressBar {
  let tenth = 0;
  return {
    update(done, total) {
      if (total === undefined || Math.floor((10 * done) / total) <= tenth) return;
      tenth = Math.floor((10 * done) / total);
      remark(`${what}: ${format(done)} of ${format(total)}`);
    },
    stop() {},
  };
}

/** `12.3 MB`, for {@link progressBar}. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
