/** How a run looks while it runs: a bar on a terminal, plain lines otherwise. All on stderr. */
import cliProgress from "cli-progress";
import type { EpochRecord, StepEvent } from "../training/index.ts";
import { io, remark } from "./print.ts";
import { progressBar } from "./progress-bar.ts";

export interface TrainingProgress {
  onStep(event: StepEvent): void;
  onEpoch(record: EpochRecord): void;
  say(text: string): void;
  stop(): void;
}

/** @param printEvery - a line of text every so many steps; 0 for none */
export function trainingProgress({ epochs, printEvery }: { epochs: number; printEvery: number }): TrainingProgress {
  const bar = io().stderr.isTTY ? startBar() : undefined;
  const started = performance.now();
  let examples = 0;
  let smoothed = Number.NaN;
  const say = (text: string): void => {
    if (bar) bar.log(`${text}\n`);
    else remark(text);
  };
  return {
    onStep({ step, totalSteps, epoch, loss, examples: n }) {
      examples += n;
      smoothed = Number.isNaN(smoothed) ? loss : 0.95 * smoothed + 0.05 * loss;
      const perSecond = Math.round(examples / ((performance.now() - started) / 1000));
      bar?.update(step, totalSteps, { epoch: `${epoch}/${epochs}`, loss: smoothed.toFixed(3), perSecond });
      if (printEvery > 0 && step % printEvery === 0)
        say(`epoch ${epoch}  step ${step}/${totalSteps}  loss ${loss.toFixed(4)}  ${perSecond} examples/s`);
    },
    onEpoch({ epoch, dataLoss, regLoss, trainAccuracy, valAccuracy, valLoss, seconds }) {
      const penalty = regLoss > 0 ? ` + penalty ${regLoss.toFixed(4)}` : "";
      say(
        `epoch ${String(epoch).padStart(String(epochs).length)}/${epochs}  loss ${dataLoss.toFixed(4)}${penalty}  ` +
          `train ${percent(trainAccuracy)}  val ${percent(valAccuracy)} (loss ${valLoss.toFixed(4)})  ${seconds.toFixed(1)} s`,
      );
    },
    say,
    stop() {
      bar?.stop();
    },
  };
}

/** What happens before the first step, where that takes a while. */
export function preparationProgress(): {
  update(what: "whitening" | "projecting", share: number): void;
  stop(): void;
} {
  const words = {
    whitening: "whitening: finding the principal components",
    projecting: "whitening: projecting images",
  };
  let said = "";
  let bar: ReturnType<typeof progressBar> | undefined;
  return {
    update(what, share) {
      if (said !== what) {
        bar?.stop();
        bar = progressBar(words[what], (done) => `${done}%`);
        if (!io().stderr.isTTY) remark(words[what]);
        said = what;
      }
      bar?.update(Math.round(100 * share), 100);
    },
    stop() {
      bar?.stop();
      bar = undefined;
    },
  };
}

interface Bar {
  update(step: number, total: number, payload: object): void;
  log(text: string): void;
  stop(): void;
}

function startBar(): Bar {
  const multi = new cliProgress.MultiBar(
    {
      format:
        "{bar} {percentage}%  epoch {epoch}  step {value}/{total}  loss {loss}  {perSecond}/s  {eta_formatted} left",
      barsize: 10, // the line must fit 80 columns: it is cut off, not wrapped
      clearOnComplete: true,
      hideCursor: true,
      gracefulExit: false, // the command itself answers Ctrl-C
      stream: io().stderr,
      etaBuffer: 100,
    },
    cliProgress.Presets.shades_classic,
  );
  let bar: cliProgress.SingleBar | undefined;
  return {
    update(step, total, payload) {
      bar ??= multi.create(total, step, payload);
      bar.update(step, payload);
    },
    log(text) {
      multi.log(text);
      multi.update();
    },
    stop: () => multi.stop(),
  };
}

/** `52.3%`, from a share 0…1. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}
