/** Learning-rate schedules: the share of the starting rate as a function of progress through the run, 0…1. */
export type ScheduleName = "constant" | "cosine" | "linear";
export type Schedule = (progress: number) => number;

export const schedules: Readonly<Record<ScheduleName, Schedule>> = {
  constant: () => 1,
  /** Loshchilov & Hutter 2017, "SGDR", without restarts. */
  cosine: (progress) => (1 + Math.cos(Math.PI * progress)) / 2,
  linear: (progress) => 1 - progress,
};
