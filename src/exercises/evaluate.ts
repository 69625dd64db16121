/**
 * Calls a hand-written function `(…inputs) => [output, grads]` at many points. A function that throws or returns
 * something else is a problem to report, never an exception. Only this runs next to a learner's code. It does not know
 * the right answers, so tampering with it cannot make a wrong function pass.
 */

/** Anything that claims to be such a function. */
export type Candidate = (...inputs: number[]) => unknown;

export interface Question {
  /** The points, one after the other, each of `width` numbers. */
  readonly points: Float64Array;
  readonly width: number;
  /** The function is also called at every point with one of its inputs moved. */
  readonly moves: readonly (readonly [input: number, offset: number])[];
  readonly wantsGradients: boolean;
}

/** Per point: the output, the output after each move, the gradients. */
export type Answer = Float64Array | Problem;

export interface Problem {
  readonly problem: string;
  /** The point at which it arose. */
  readonly point?: number | undefined;
  /** The function did not return: it took too long, or ended the process it runs in. */
  readonly ended?: true;
}

/** Calls a function, wherever it runs. */
export type Evaluate = (question: Question) => Promise<Answer>;

export function isProblem(answer: Answer): answer is Problem {
  return "problem" in answer;
}

/** @returns the most numbers that an answer can hold */
export function longestAnswer({ points, width, moves, wantsGradients }: Question): number {
  return (points.length / width) * (1 + moves.length + (wantsGradients ? width : 0));
}

export function evaluate(f: Candidate, question: Question): Answer {
  const { points, width, moves, wantsGradients } = question;
  const count = points.length / width;
  const call = caller(f, width);
  const inputs = Array.from({ length: width }, () => 0);
  let length = 0; // of the numbers per point; the first point tells how many gradients there are
  let answer = new Float64Array(0);
  for (let point = 0; point < count; point++) {
    try {
      for (let i = 0; i < width; i++) inputs[i] = points[point * width + i]!;
      const result = call(inputs);
      const output = outputOf(result);
      const grads = wantsGradients ? gradsOf(result, width) : [];
      if (point === 0) {
        length = 1 + moves.length + grads.length;
        answer = new Float64Array(count * length);
      } else if (length !== 1 + moves.length + grads.length)
        throw new Malformed(`returned ${length - 1 - moves.length} gradients at first, here ${grads.length}`);
      let at = point * length;
      answer[at++] = output;
      const end = at + moves.length;
      for (let i = 0; i < grads.length; i++) answer[end + i] = grads[i]!; // copied now: every call may return the same array
      for (let m = 0; m < moves.length; m++) {
        const i = moves[m]![0];
        const x = inputs[i]!;
        inputs[i] = x + moves[m]![1];
        answer[at++] = outputOf(call(inputs));
        inputs[i] = x;
      }
    } catch (error) {
      return { problem: error instanceof Malformed ? error.message : `threw ${describeError(error)}`, point };
    }
  }
  return answer;
}

/**
 * Calls `f` with the numbers of a list. One closure per number of inputs, with the call written out: spreading the list
 * takes several times as long as the function itself.
 */
function caller(f: Candidate, width: number): (x: readonly number[]) => unknown {
  if (width === 1) return (x) => f(x[0]!);
  if (width === 2) return (x) => f(x[0]!, x[1]!);
  if (width === 3) return (x) => f(x[0]!, x[1]!, x[2]!);
  if (width === 4) return (x) => f(x[0]!, x[1]!, x[2]!, x[3]!);
  if (width === 6) return (x) => f(x[0]!, x[1]!, x[2]!, x[3]!, x[4]!, x[5]!);
  return (x) => f(...x);
}

/** A function returned something that is not `[output, grads]`. */
class Malformed extends Error {}

function outputOf(result: unknown): number {
  const output: unknown = Array.isArray(result) ? result[0] : undefined;
  if (typeof output === "number") return output;
  const got = Array.isArray(result) ? `an output of type ${typeof output}` : describeType(result);
  throw new Malformed(`expected [output, grads] with a number as output, got ${got}`);
}

function gradsOf(result: unknown, width: number): ArrayLike<number> {
  const grads: unknown = (result as unknown[])[1];
  if (!Array.isArray(grads) && !(ArrayBuffer.isView(grads) && "length" in grads))
    throw new Malformed(`expected grads to be an array, got ${describeType(grads)}`);
  const list = grads as ArrayLike<unknown>;
  if (list.length > width) throw new Malformed(`expected at most one gradient per input, ${width}, got ${list.length}`);
  for (let i = 0; i < list.length; i++)
    if (typeof list[i] !== "number")
      throw new Malformed(`expected gradient ${i + 1} to be a number, got ${describeType(list[i])}`);
  return list as ArrayLike<number>;
}

function describeType(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== "object") return `a ${typeof value}`;
  return value instanceof Promise ? "a promise" : `an object (${value.constructor?.name || "of no class"})`;
}

/** One line about whatever was thrown. */
export function describeError(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return text.replaceAll(/\s+/g, " ").trim().slice(0, 200);
}
