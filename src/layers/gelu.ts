/**
 * Gaussian error linear unit: `out = x · Φ(x)`, with Φ the cumulative normal distribution.
 * Source: Hendrycks & Gimpel 2016, "Gaussian error linear units (GELUs)", the exact form and the one with tanh.
 */
import { type ElementwiseBackward, type ElementwiseForward, elementwise } from "./elementwise.ts";

/** Φ(x), to a few units in the last place: `1/2 + φ(x) · (x + x³/3 + x⁵/(3·5) + …)`, whose terms all have one sign. */
function normalCdf(x: number): number {
  if (Math.abs(x) > 9) return x > 0 ? 1 : 0;
  if (x < -2) return normalTail(-x);
  let term = x;
  let sum = x;
  for (let n = 3; Math.abs(term) > 1e-17 * Math.abs(sum); n += 2) {
    term *= (x * x) / n;
    sum += term;
  }
  return 0.5 + normalDensity(x) * sum;
}

/** 1 − Φ(x) for x > 2, where the series above would leave few digits: Laplace's continued fraction. */
function normalTail(x: number): number {
  let fraction = x;
  for (let n = 120; n >= 1; n--) fraction = x + n / fraction;
  return normalDensity(x) / fraction;
}

function normalDensity(x: number): number {
  return Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
}

const exact = elementwise(
  "geluBackward",
  (x) => x * normalCdf(x),
  (x) => normalCdf(x) + x * normalDensity(x),
);

/** @returns `[out, cache]`: out of the shape of x, and what {@link geluBackward} needs */
export const geluForward: ElementwiseForward = exact[0];
/** `gradX = gradOut · (Φ(x) + x · φ(x))`. @throws {ShapeError} when `gradOut` is not of the shape of x */
export const geluBackward: ElementwiseBackward = exact[1];

const root = Math.sqrt(2 / Math.PI);
const inner = (x: number): number => root * (x + 0.044715 * x ** 3);

const approximate = elementwise(
  "geluTanhBackward",
  (x) => 0.5 * x * (1 + Math.tanh(inner(x))),
  (x) => {
    const t = Math.tanh(inner(x));
    return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * root * (1 + 3 * 0.044715 * x * x);
  },
);

/** `out = x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³)))`; @returns `[out, cache]`, as {@link geluForward} does */
export const geluTanhForward: ElementwiseForward = approximate[0];
/** The gradient of {@link geluTanhForward}. @throws {ShapeError} when `gradOut` is not of the shape of x */
export const geluTanhBackward: ElementwiseBackward = approximate[1];
