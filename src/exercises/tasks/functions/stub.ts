/**
 * Backpropagation by hand. Each function returns `[output, gradients]`, one gradient per input, in the order of the inputs.
 *
 * Compute the output in small steps, one operator each, and keep their results in variables. Then go back through the steps
 * in the opposite order: the gradient of a step's input is the gradient of its output times the local derivative. A value that
 * is used twice gets the sum of both gradients.
 */

/**
 * Squared error of a linear model: `L = (x1·w1 + x2·w2 + b − y)²`.
 * @returns `[L, [gradX1, gradW1, gradX2, gradW2, gradB, gradY]]`
 */
export function f1(x1: number, w1: number, x2: number, w2: number, b: number, y: number): [number, number[]] {
  throw new Error("f1: not implemented yet");
}

/**
 * The hyperbolic tangent from one exponential: `L = (exp(2x) − 1) / (exp(2x) + 1)`.
 * @returns `[L, [gradX]]`
 */
export function f2(x: number): [number, number[]] {
  throw new Error("f2: not implemented yet");
}

/**
 * Softmax loss of two scores, for the right class y: `L = −log(exp(s_y) / (exp(s1) + exp(s2)))`.
 * @param y - the right class, 1 or 2; a class number has no gradient
 * @returns `[L, [gradS1, gradS2]]`
 */
export function f3(s1: number, s2: number, y: number): [number, number[]] {
  throw new Error("f3: not implemented yet");
}

/**
 * A graph of your own with at least five operators, as `chainrule graph` reads it; for instance `log(1 + exp(x·w + b))·2`,
 * but not that one. Draw it: `npx chainrule graph "…" --out graph.svg`.
 */
export const ownGraph = "";

/**
 * The function of {@link ownGraph}, by hand. Name and order its inputs as they first appear in the text.
 * @returns `[output, [one gradient per input]]`
 */
export function f4(...inputs: number[]): [number, number[]] {
  throw new Error("f4: not implemented yet");
}
