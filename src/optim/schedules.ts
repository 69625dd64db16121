/** Learning-rate schedules: the share of the highest rate as a function of progress through the run, 0…1. */
import { checkShare, SettingError } from "../errors.ts";

export type ScheduleName = "constant" | "step" | "linear" | "cosine" | "one-cycle";
export type Schedule = (progress: number) => number;

export const schedules: Readonly<Record<ScheduleName, Schedule>> = {
  constant: () => 1,
  /** A tenth after half of the run, a hundredth after three quarters. He et al. 2016 lower residual networks' rate so. */
  step: (progress) => (progress < 0.5 ? 1 : progress < 0.75 ? 0.1 : 0.01),
  linear: (progress) => 1 - progress,
  /** Loshchilov & Hutter 2017, "SGDR", without restarts. */
  cosine,
  /** Smith & Topin 2018, "Super-convergence": up from a 25th during the first 30%, then down to nearly nothing, along cosines. */
  "one-cycle": (progress) =>
    progress < 0.3 ? 1 - 0.96 * cosine(progress / 0.3) : 4e-6 + (1 - 4e-6) * cosine((progress - 0.3) / 0.7),
};

function cosine(progress: number): number {
  return (1 + Math.cos(Math.PI * progress)) / 2;
}

/**
 * The schedule after a warm-up, during which the share rises in a straight line from 0 to 1; the schedule itself then runs
 * over the rest.
 *
 * @param warmup - share of the run, 0 … <1; 0 for none
 * @param stepsInAll - the first step of a warm-up has the share 1 / steps of the warm-up, so that it is not lost
 * @throws {SettingError} for a share outside 0 … <1, or `one-cycle`, which has its own
 */
export function scheduleWithWarmup(name: ScheduleName, warmup: number, stepsInAll: number): Schedule {
  checkShare("schedule", "warmup", warmup);
  if (warmup === 0) return schedules[name];
  if (name === "one-cycle") throw new SettingError("schedule: expected no warm-up with one-cycle, which has its own");
  const rise = 1 / (warmup * stepsInAll);
  return (progress) =>
    progress < warmup ? Math.min(1, progress / warmup + rise) : schedules[name]((progress - warmup) / (1 - warmup));
}
