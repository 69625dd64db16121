/** One step after another, at a pace that can be followed. */
import { effect, type Signal, signal } from "@preact/signals";
import { isCalm } from "./motion.ts";

/**
 * @param pause - milliseconds; at least a second for those who want little motion
 * @param next - takes a step; false when there is none
 * @returns whether it plays; whoever sets it starts and stops it
 */
export function createPlayer(pause: number, next: () => boolean): Signal<boolean> {
  const playing = signal(false);
  let timer: ReturnType<typeof setInterval> | undefined;
  effect(() => {
    clearInterval(timer);
    if (!playing.value) return;
    timer = setInterval(
      () => {
        playing.value = next();
      },
      isCalm() ? Math.max(1000, pause) : pause,
    );
  });
  return playing;
}
