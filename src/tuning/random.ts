/** Random search (Bergstra and Bengio 2012): every trial is drawn on its own, so it is the same whatever the others did. */
import type { Rng } from "../tensor/index.ts";
import { drawUniform } from "./ranges.ts";
import { fillPoint, type Point, type Space } from "./space.ts";

export function randomPoint(space: Space, rng: Rng): Point {
  return fillPoint(space, ({ range }) => drawUniform(range, rng));
}
