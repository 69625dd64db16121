export default [
  ["adamw.ts", "this.#decayed.has(name) ? this.#weightDecay : 0", "this.#weightDecay"],
  ["clipping.ts", "Math.min(1, maxNorm / (norm + 1e-6))", "maxNorm / (norm + 1e-6)"],
  ["optimizer.ts", "    this.steps = steps;", ""],
  ["schedules.ts", "schedules[name]((progress - warmup) / (1 - warmup))", "schedules[name](progress)"],
];
