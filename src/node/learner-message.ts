/** What goes over the channel between us and a learner's process: a text in JSON and numbers. */
import type { Question } from "../exercises/evaluate.ts";

/** First nothing, then the module to load, then questions about its functions, or programs of calls. Every reply repeats the key. */
export type Request = Start | Load | FunctionRequest | { readonly program: unknown };
export interface Load {
  readonly file: string;
  /** What "chainrule" is: our whole library, or that of the exercises, without what the tasks ask for; default what Node finds. */
  readonly library?: "whole" | "exercises";
  /** Where what has been translated from TypeScript is kept for the next process. */
  readonly cache?: string;
}
type Start = Record<never, never>;
export type FunctionRequest = { readonly name: string } & Omit<Question, "points">;

/** A function of the module, as far as it can be seen from outside. */
export interface ExportedFunction {
  readonly name: string;
  readonly length: number;
  readonly code: string;
}

/** The file descriptor of the channel, in the learner's process. */
export const channel = 3;

/** The lengths of both parts in bytes, as two whole numbers of four bytes each. */
export const headerLength = 8;

export function formatMessage(head: object, numbers: Float64Array = new Float64Array(0)): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(head));
  const message = new Uint8Array(headerLength + text.length + numbers.byteLength);
  new Uint32Array(message.buffer, 0, 2).set([text.length, numbers.byteLength]);
  message.set(text, headerLength);
  message.set(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength), headerLength + text.length);
  return message;
}
