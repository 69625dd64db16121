/** Whether the person wants things to move as little as possible; asked each time, since it can change. */
export function isCalm(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
