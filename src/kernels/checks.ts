/** What every implementation checks before it touches memory: a wrong size must not read or write a neighbour's numbers. */
import { formatShape, SettingError, ShapeError } from "../errors.ts";
import type { BatchNormBackward, BatchNormForward, FloatArray, GatherBytes, Gemm, Product, Update } from "./kernels.ts";

/**
 * @throws {ShapeError} for sizes that do not fit the arrays, mixed precision, or an `out` that overlaps an input
 */
export function checkGemm(product: Gemm, who = "gemm", nameOfOut = "out"): void {
  const { m, n, out, bias, mask } = product;
  const bytes = out.BYTES_PER_ELEMENT;
  const isRight =
    out.length === m * n &&
    isProduct(product, out) &&
    (bias === undefined || isOperand(bias, n, out, bytes)) &&
    (mask === undefined || isOperand(mask, m * n, out, bytes));
  if (!isRight) explainGemm(product, who, nameOfOut);
}

/** Whether `out` may take the product, if it is as long as that. */
function isProduct({ m, n, k, a, b }: Product, out: FloatArray): boolean {
  const bytes = out.BYTES_PER_ELEMENT;
  return isSize(m) && isSize(n) && isSize(k) && isOperand(a, m * k, out, bytes) && isOperand(b, k * n, out, bytes);
}

function isSize(size: number): boolean {
  return Number.isInteger(size) && size >= 0;
}

function isOperand(x: FloatArray, length: number, out: FloatArray, bytes: number): boolean {
  return x.length === length && x.BYTES_PER_ELEMENT === bytes && x !== out && !overlaps(x, out);
}

/** What is wrong with it. */
function explainGemm(product: Gemm, who: string, nameOfOut: string): never {
  const { m, n, k, a, b, out, bias, mask, transposeA, transposeB } = product;
  const check = (name: string, x: FloatArray, rows: number, columns: number): void => {
    if (x.length !== rows * columns)
      throw new ShapeError(
        `${who}: expected ${name} of ${formatShape([rows, columns])} = ${rows * columns} numbers, got ${x.length}`,
      );
    if (x.BYTES_PER_ELEMENT !== out.BYTES_PER_ELEMENT)
      throw new ShapeError(`${who}: expected ${name} in the precision of ${nameOfOut}, got ${x.constructor.name}`);
    if (x !== out && overlaps(x, out))
      throw new ShapeError(
        `${who}: expected ${nameOfOut} apart from ${name}, got overlapping memory; write to another array`,
      );
  };
  for (const size of [m, n, k])
    if (!isSize(size)) throw new ShapeError(`${who}: expected whole sizes >= 0, got m=${m}, n=${n}, k=${k}`);
  check(nameOfOut, out, m, n);
  check("a", a, transposeA ? k : m, transposeA ? m : k);
  check("b", b, transposeB ? n : k, transposeB ? k : n);
  if (bias) check("bias", bias, 1, n);
  if (mask) check("mask", mask, m, n);
  throw new ShapeError(
    `${who}: expected ${nameOfOut} apart from a, b, bias and mask, got the same array; write to another array`,
  );
}

/**
 * @param names - what the arrays are called, in their order
 * @throws {ShapeError} unless all arrays have one length and precision, and are the same memory or apart
 */
export function checkLengths(
  who: string,
  names: string,
  first: FloatArray,
  second: FloatArray,
  third?: FloatArray,
  fourth?: FloatArray,
): void {
  const isRight =
    isLike(second, first) &&
    (third === undefined || (isLike(third, first) && isLike(third, second))) &&
    (fourth === undefined || (isLike(fourth, first) && isLike(fourth, second) && (!third || isLike(fourth, third))));
  if (isRight) return;
  for (const x of [second, third, fourth])
    if (x && (x.length !== first.length || x.BYTES_PER_ELEMENT !== first.BYTES_PER_ELEMENT))
      throw new ShapeError(
        `${who}: expected ${names} to be alike, ${first.length} numbers of ${8 * first.BYTES_PER_ELEMENT} bits, ` +
          `got ${x.length} of ${8 * x.BYTES_PER_ELEMENT}`,
      );
  throw new ShapeError(`${who}: expected ${names} to be the same memory or apart, got parts of each other`);
}

/** Of one length and precision, and the same memory or apart. */
function isLike(x: FloatArray, y: FloatArray): boolean {
  if (x === y) return true;
  if (x.length !== y.length || x.BYTES_PER_ELEMENT !== y.BYTES_PER_ELEMENT) return false;
  return x.byteOffset === y.byteOffset || !overlaps(x, y);
}

/** How many arrays a rule remembers; momentum is one more. */
const slotsWithoutMomentum = { sgd: 0, rmsprop: 1, adagrad: 1, adam: 2 } as const;

/** @throws {ShapeError} unless all arrays fit, and the rule has the slots it needs */
export function checkUpdate({ w, slots, rule, gradient }: Update): void {
  const expected = slotsWithoutMomentum[rule.name] + ("momentum" in rule && rule.momentum > 0 ? 1 : 0);
  if (slots.length !== expected)
    throw new ShapeError(`update: expected ${expected} slots for ${rule.name}, got ${slots.length}`);
  const [first, second] = slots;
  checkLengths("update", "w, gradient and slots", w, "m" in gradient ? w : gradient, first, second);
  if ((first && isSame(w, first)) || (second && (isSame(w, second) || isSame(first!, second))))
    throw new ShapeError("update: expected w and slots apart from each other, got the same memory");
  if (!("m" in gradient)) return;
  const isRight = w.length === gradient.m * gradient.n && isProduct(gradient, w);
  if (isRight && (!first || isProduct(gradient, first)) && (!second || isProduct(gradient, second))) return;
  checkGemm({ ...gradient, out: w }, "update", "w");
  for (const slot of slots) checkGemm({ ...gradient, out: slot }, "update", "slots");
}

function isSame(x: FloatArray, y: FloatArray): boolean {
  return x === y || (x.length > 0 && x.byteOffset === y.byteOffset && x.buffer === y.buffer);
}

/** @throws {ShapeError} for sizes that do not fit, or results that overlap what is read */
export function checkBatchNorm(who: string, job: BatchNormForward | BatchNormBackward): void {
  const { rows, columns, x, out, mean } = job;
  if (!Number.isInteger(rows) || rows < 1 || !Number.isInteger(columns) || x.length !== rows * columns)
    throw new ShapeError(`${who}: expected x of ${rows} >= 1 rows of ${columns} numbers, got ${x.length} numbers`);
  if (mean.length !== columns) throw new ShapeError(`${who}: expected mean of ${columns} numbers, got ${mean.length}`);
  checkLengths(who, "x, out and gradOut", x, out, "gradOut" in job ? job.gradOut : undefined);
  checkLengths(who, "mean, variance, gamma and beta", mean, job.variance, job.gamma, job.beta);
  if (x === out) throw new ShapeError(`${who}: expected out apart from x, got the same array`);
  if (!("gradX" in job)) return;
  checkLengths(who, "x, out and gradX", x, out, job.gradX);
  checkLengths(who, "mean, gradGamma and gradBeta", mean, job.gradGamma, job.gradBeta);
  if (job.gradX === x || job.gradX === out)
    throw new ShapeError(`${who}: expected gradX apart from x and out, got the same array`);
}

/** @throws {ShapeError} unless `x` is whole rows as long as `row`, in its precision, and apart from it */
export function checkColumns(who: string, x: FloatArray, row: FloatArray): void {
  const columns = row.length;
  if (columns > 0 ? x.length % columns !== 0 : x.length > 0)
    throw new ShapeError(`${who}: expected x in rows of ${columns} numbers, got ${x.length} numbers`);
  if (x.BYTES_PER_ELEMENT !== row.BYTES_PER_ELEMENT)
    throw new ShapeError(
      `${who}: expected x and the row in one precision, got ${x.constructor.name} and ${row.constructor.name}`,
    );
  if (overlaps(x, row)) throw new ShapeError(`${who}: expected the row apart from x, got a part of it`);
}

/**
 * @throws {ShapeError} unless there is one label for each row of scores
 * @throws {SettingError} for a label outside 0 … columns − 1
 */
export function checkLabels(who: string, scores: FloatArray, labels: Int32Array, columns: number): void {
  if (scores.length !== labels.length * columns)
    throw new ShapeError(
      `${who}: expected ${labels.length} rows of ${columns} scores for ${labels.length} labels, got ${scores.length} scores`,
    );
  for (let i = 0; i < labels.length; i++)
    if (labels[i]! < 0 || labels[i]! >= columns)
      throw new SettingError(`${who}: expected labels from 0 to ${columns - 1}, got ${labels[i]} at ${i}`);
}

/** @throws {ShapeError} for sizes that do not fit or an index beyond the table */
export function checkGather({ bytes, indices, channels, plane, scale, shift, out }: GatherBytes): void {
  const length = channels * plane;
  const rows = length > 0 ? Math.floor(bytes.length / length) : 0;
  if (!Number.isInteger(channels) || !Number.isInteger(plane))
    throw new ShapeError(`gatherBytes: expected whole numbers of channels and pixels, got ${channels} and ${plane}`);
  if (out.length !== indices.length * length || scale.length !== channels || shift.length !== channels)
    throw new ShapeError(
      `gatherBytes: expected out of ${indices.length} rows of ${length} numbers and ${channels} scales and shifts, ` +
        `got ${out.length}, ${scale.length} and ${shift.length}`,
    );
  for (let i = 0; i < indices.length; i++)
    if (indices[i]! < 0 || indices[i]! >= rows)
      throw new ShapeError(`gatherBytes: expected indices from 0 to ${rows - 1}, got ${indices[i]} at ${i}`);
}

/** Whether two arrays share any byte. */
function overlaps(x: FloatArray, y: FloatArray): boolean {
  const [start, other] = [x.byteOffset, y.byteOffset];
  if (start >= other + y.byteLength || other >= start + x.byteLength) return false; // so are most, in one memory
  return x.buffer === y.buffer;
}
