/** Two valleys to descend, and the way an optimizer takes through them. */
import { createOptimizer } from "../../../src/optim/index.ts";
import { tensor } from "../../../src/tensor/index.ts";

export type Point = readonly [u: number, v: number];

export interface Valley {
  readonly title: string;
  readonly tex: string;
  readonly f: (u: number, v: number) => number;
  readonly gradient: (u: number, v: number) => Point;
  readonly lowest: Point;
  readonly start: Point;
  /** What is drawn. */
  readonly range: { readonly u: Point; readonly v: Point };
  readonly levels: readonly number[];
}

export const valleys: Readonly<Record<string, Valley>> = {
  narrow: {
    title: "narrow: ½ (u² + 20 v²)",
    tex: "narrow",
    f: (u, v) => 0.5 * (u * u + 20 * v * v),
    gradient: (u, v) => [u, 20 * v],
    lowest: [0, 0],
    start: [-4, 1],
    range: { u: [-5, 3], v: [-2, 2] },
    levels: [0.25, 1, 2.5, 5, 10, 17, 26, 38],
  },
  bent: {
    title: "bent: (1 − u)² + 5 (v − u²)²",
    tex: "bent",
    f: (u, v) => (1 - u) ** 2 + 5 * (v - u * u) ** 2,
    gradient: (u, v) => [-2 * (1 - u) - 20 * u * (v - u * u), 10 * (v - u * u)],
    lowest: [1, 1],
    start: [-1.5, 1],
    range: { u: [-2.4, 2.4], v: [-0.6, 1.8] },
    levels: [0.1, 0.5, 1.5, 4, 8, 16, 32, 64],
  },
};

export interface DescentSettings {
  readonly learningRate: number;
  readonly momentum: number;
  readonly weightDecay: number;
}

/** Where an optimizer of the library goes from `start`; a way that leaves the finite numbers ends before. */
export function descend(name: string, valley: Valley, start: Point, steps: number, settings: DescentSettings): Point[] {
  const w = tensor([[...start]], { dtype: "float64" });
  const optimizer = createOptimizer(name, { w }, { ...settings, decayed: new Set(["w"]) });
  const path: Point[] = [start];
  for (let i = 0; i < steps; i++) {
    const [u = 0, v = 0] = w.data;
    optimizer.step({ w: tensor([[...valley.gradient(u, v)]], { dtype: "float64" }) });
    const at: Point = [w.data[0]!, w.data[1]!];
    if (!at.every((x) => Math.abs(x) < 1e6)) break;
    path.push(at);
  }
  return path;
}

/** Where `f` has the height `level`: line pieces through the squares of a grid (marching squares). */
export function contour({ f, range }: Valley, level: number, cells = 96): [from: Point, to: Point][] {
  const at = ([low, high]: Point, i: number): number => low + ((high - low) * i) / cells;
  const pieces: [Point, Point][] = [];
  for (let i = 0; i < cells; i++)
    for (let j = 0; j < cells; j++) {
      const corners = [
        [i, j],
        [i + 1, j],
        [i + 1, j + 1],
        [i, j + 1],
      ].map(([a, b]) => [at(range.u, a!), at(range.v, b!)] as const);
      const heights = corners.map(([u, v]) => f(u, v) - level);
      const crossings: Point[] = [];
      for (let c = 0; c < 4; c++) {
        const [h, next] = [heights[c]!, heights[(c + 1) % 4]!];
        if (h < 0 === next < 0) continue;
        const [[u, v], [u2, v2]] = [corners[c]!, corners[(c + 1) % 4]!];
        const share = h / (h - next);
        crossings.push([u + share * (u2 - u), v + share * (v2 - v)]);
      }
      for (let c = 0; c + 1 < crossings.length; c += 2) pieces.push([crossings[c]!, crossings[c + 1]!]);
    }
  return pieces;
}
