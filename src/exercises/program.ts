/**
 * Calls of a module as data: what to call, with what, in which order. A learner's module answers such a program in a process
 * of its own; the reference and the known mistakes answer the same one here. Only numbers and texts travel.
 */
import { allocate, type DType, Rng, Tensor } from "../tensor/index.ts";
import { describeError } from "./evaluate.ts";

/** What a call is given, and what it returns. */
export type Value =
  | undefined
  | null
  | boolean
  | number
  | string
  | Tensor<DType>
  | Int32Array
  | Rng
  | Ref
  | readonly Value[]
  | { readonly [key: string]: Value };

/** What an earlier step returned, or a part of it. */
export class Ref {
  readonly step: number;
  readonly path: readonly string[];

  constructor(step: number, ...path: string[]) {
    this.step = step;
    this.path = path;
  }
}

export type Step =
  /** Calls an exported function, or makes an object of an exported class. */
  | { readonly call: string; readonly args: readonly Value[]; readonly isNew?: true }
  /** Calls a method of what an earlier step returned. */
  | { readonly on: Ref; readonly method: string; readonly args: readonly Value[] }
  /** Looks at what is there by now: of an earlier step, or exported under a name. */
  | { readonly look: Ref }
  | { readonly read: string }
  /** Writes numbers into a tensor of what an earlier step returned. */
  | { readonly fill: Ref; readonly with: Tensor<DType> };

export type Module = Readonly<Record<string, unknown>>;

export interface ProgramAnswer {
  /** What the steps returned, up to the first that failed. */
  readonly results: readonly Value[];
  /** Per step: the positions of the arguments that the call changed in place. */
  readonly changed: readonly (readonly number[])[];
  /** Why the step after the last result has none. */
  readonly problem?: string;
}

/** Answers a program, wherever the module is. */
export type Ask = (steps: readonly Step[]) => Promise<ProgramAnswer>;

/** Runs the steps on a module that is here. Never throws: what the module throws is a problem of the answer. */
export function runProgram(module: Module, steps: readonly Step[]): ProgramAnswer {
  return decodeAnswer(runEncoded(module, encode(steps)));
}

/** {@link runProgram} on what travels. */
export function runEncoded(module: Module, steps: unknown): unknown {
  const kept: unknown[] = [];
  const results: unknown[] = [];
  const changed: number[][] = [];
  for (const step of steps as Record<string, unknown>[]) {
    try {
      const args = ((step.args ?? []) as unknown[]).map((arg) => decode(arg, kept));
      const before = args.map(fingerprint);
      const result = take(module, step, args, kept);
      kept.push(result);
      results.push(encode(result));
      changed.push(args.flatMap((arg, i) => (fingerprint(arg) === before[i] ? [] : [i])));
    } catch (error) {
      return { results, changed, problem: describeError(error) };
    }
  }
  return { results, changed };
}

/** Tells whether an argument has changed; a generator is there to be drawn from. */
function fingerprint(arg: unknown): string {
  return JSON.stringify(encode(arg), (_, value) => (value?.$ === "rng" ? "" : value));
}

function take(module: Module, step: Record<string, unknown>, args: unknown[], kept: unknown[]): unknown {
  if ("look" in step) return decode(step.look, kept);
  if ("read" in step) return Object.hasOwn(module, String(step.read)) ? module[String(step.read)] : undefined;
  if ("fill" in step) return fill(decode(step.fill, kept), decode(step.with) as Tensor<DType>);
  const object = "on" in step ? (decode(step.on, kept) as Record<string, unknown> | undefined) : undefined;
  const name = String("on" in step ? step.method : step.call);
  const f = "on" in step ? object?.[name] : Object.hasOwn(module, name) ? module[name] : undefined;
  if (typeof f !== "function")
    throw new Error(`expected ${name} to be a ${step.isNew ? "class" : "function"}, got ${typeof f}`);
  return step.isNew ? Reflect.construct(f, args) : Reflect.apply(f, object, args);
}

function fill(target: unknown, { shape, data }: Tensor<DType>): undefined {
  if (typeof target !== "object" || target === null || !isTensor(target))
    throw new Error(`expected a tensor of shape (${shape.join(", ")}) under its name, got ${typeof target}`);
  if (target.shape.join() !== shape.join())
    throw new Error(`expected a tensor of shape (${shape.join(", ")}), got (${target.shape.join(", ")})`);
  target.data.set(data);
  return undefined;
}

const deepest = 8;

/** As JSON can hold it: tensors, lists of class numbers and numbers that are not finite by name. */
export function encode(value: unknown, depth = 0): unknown {
  if (typeof value === "number")
    return Number.isFinite(value) && !Object.is(value, -0) ? value : { $: "number", is: String(value) };
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (value === undefined) return { $: "undefined" };
  if (typeof value !== "object" || depth > deepest) return { $: "other", is: typeof value };
  if (value instanceof Rng) return { $: "rng", state: value.state };
  if (value instanceof Ref) return { $: "ref", step: value.step, path: value.path };
  if (isTensor(value)) {
    const { shape, dtype, data } = value;
    return { $: "tensor", shape: [...shape], dtype, data: Array.from(data, (x) => encode(x)) };
  }
  if (ArrayBuffer.isView(value)) return { $: "numbers", is: Array.from(value as Int32Array, (x) => encode(x)) };
  if (Array.isArray(value)) return value.map((item) => encode(item, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, encode(item, depth + 1)]));
}

/** Tensors made by another copy of the library count too. */
function isTensor(value: object): value is Tensor<DType> {
  return (
    "shape" in value &&
    Array.isArray(value.shape) &&
    "data" in value &&
    ArrayBuffer.isView(value.data) &&
    "dtype" in value
  );
}

const isDType = (name: unknown): name is DType => ["float32", "float64", "int32", "uint8"].includes(String(name));

/** @param kept - what the earlier steps returned */
export function decode(value: unknown, kept: readonly unknown[] = []): unknown {
  if (Array.isArray(value)) return value.map((item) => decode(item, kept));
  if (typeof value !== "object" || value === null) return value;
  const { $: kind, ...rest } = value as Record<string, unknown>;
  if (kind === undefined)
    return Object.fromEntries(Object.entries(rest).map(([key, item]) => [key, decode(item, kept)]));
  if (kind === "number") return rest.is === "-0" || rest.is === "0" ? -0 : Number(rest.is);
  if (kind === "numbers") return Int32Array.from(rest.is as number[]);
  if (kind === "rng") return new Rng(rest.state as number[]);
  if (kind === "tensor") {
    const data = (rest.data as unknown[]).map((x) => decode(x) as number);
    const dtype = isDType(rest.dtype) ? rest.dtype : "float64";
    const values = allocate(dtype, data.length);
    values.set(data);
    return new Tensor(values, rest.shape as number[], dtype);
  }
  if (kind === "ref") {
    let found: unknown = kept[rest.step as number];
    for (const key of rest.path as string[]) found = (found as Record<string, unknown> | undefined)?.[key];
    return found;
  }
  return undefined;
}

/** Reads what came back. Nothing in it is trusted: what does not fit is a problem. */
export function decodeAnswer(answer: unknown): ProgramAnswer {
  const { results, changed, problem } = answer as Record<string, unknown>;
  if (!Array.isArray(results) || !Array.isArray(changed) || !changed.every(Array.isArray))
    return { results: [], changed: [], problem: "did not answer as expected" };
  try {
    const read = { results: results.map((result) => decode(result) as Value), changed: changed as number[][] };
    return problem === undefined ? read : { ...read, problem: String(problem) };
  } catch (error) {
    return { results: [], changed: [], problem: `returned something unreadable: ${describeError(error)}` };
  }
}
