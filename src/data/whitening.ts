/**
 * Whitening on the leading principal components: an image of D pixels becomes k numbers that are uncorrelated and of variance 1
 * over the images it was fitted on,
 *
 *     white = (pixels − mean) · components       with components = V · (Λ + eps)^(−1/2)
 *
 * V and Λ being the k largest eigenvalues of the covariance of pixels and their eigenvectors. It is fitted on images and their mirrors, so
 * that every component is exactly even or odd under the mirror: a mirrored image is a change of signs, and costs nothing.
 *
 * The eigenvectors come from block power iteration on the covariance: Halko, Martinsson & Tropp 2011, "Finding structure with
 * randomness", algorithms 4.4 and 5.3.
 */
import { checkInteger, checkNumber } from "../errors.ts";
import { type FloatArray, kernels } from "../kernels/index.ts";
import { type Rng, Tensor, toKernelMemory, zeros } from "../tensor/index.ts";
import { type ImageSet, type ImageSize, imageLength } from "./dataset.ts";
import { symmetricEigen } from "./symmetric-eigen.ts";

export interface Whitening {
  readonly mean: Tensor; // (D), of pixels 0…1
  readonly components: Tensor; // (D, k), the most varied first
  readonly isOdd: Tensor<"uint8">; // (k): 1 where a mirrored image has the opposite sign, else 0
}

export interface WhiteningOptions {
  readonly components: number; // k: 1 … D
  readonly rng: Rng; // where the iteration starts
  /** Added to each variance as a share of the mean one, so that faint components are not blown up; >= 0, default 1e-3. */
  readonly eps?: number;
  readonly onProgress?: (share: number) => void;
}

const chunk = 1000; // images at a time
const iterations = 6;
const oversampling = 16; // vectors beyond those that are kept, which converge sooner for it

/**
 * Fits whitening to the images at `indices`: give it the training split only.
 * @throws {SettingError} for no images, more components than pixels, or a negative eps
 */
export function fitWhitening(
  set: ImageSet,
  size: ImageSize,
  indices: Int32Array,
  { components, rng, eps = 1e-3, onProgress }: WhiteningOptions,
): Whitening {
  const D = imageLength(size);
  checkInteger("fitWhitening", "components", components, 1, D);
  checkInteger("fitWhitening", "the number of images", indices.length, 1);
  checkNumber("fitWhitening", "eps", eps);
  const mirror = mirrorOf(size);
  const halves = halvesOf(size, mirror);
  const sums = new Float64Array(D);
  for (const index of indices) for (let p = 0; p < D; p++) sums[p]! += set.images[index * D + p]!;
  const mean = Float64Array.from({ length: D }, (_, p) => (sums[p]! + sums[mirror[p]!]!) / (2 * 255 * indices.length));
  const parts = halves.map((half, i) => {
    const covariance = covarianceOf(half, set, D, indices, mean, (share) => onProgress?.((i + 0.8 * share) / 2));
    const found = leadingEigenvectors(
      covariance,
      half.coordinates.length,
      Math.min(half.coordinates.length, components),
      rng,
    );
    onProgress?.((i + 1) / 2);
    return found;
  });
  let total = 0;
  for (const { trace } of parts) total += trace;
  const ranked = parts
    .flatMap(({ values, vectors }, part) => values.map((value, i) => ({ value, vector: vectors[i]!, part })))
    .sort((a, b) => b.value - a.value)
    .slice(0, components);
  const whitening: Whitening = {
    mean: new Tensor(Float32Array.from(mean), [D], "float32"),
    components: zeros([D, components]),
    isOdd: zeros([components], { dtype: "uint8" }),
  };
  ranked.forEach(({ value, vector, part }, c) => {
    const scale = 1 / Math.sqrt(Math.max(value, 0) + (eps * total) / D || 1);
    whitening.isOdd.data[c] = part;
    const { coordinates, sign } = halves[part]!;
    coordinates.forEach(({ pixel, mirror, weight }, i) => {
      const value = scale * weight * vector[i]!;
      whitening.components.data[pixel * components + c] = value;
      if (mirror !== pixel) whitening.components.data[mirror * components + c] = sign * value;
    });
  });
  return whitening;
}

/** One coordinate of the even or the odd half of an image: `weight · (pixel ± mirror)`. */
interface Coordinate {
  readonly pixel: number;
  readonly mirror: number; // the same as pixel in the middle of an odd width
  readonly weight: number;
}

interface Half {
  readonly coordinates: readonly Coordinate[];
  readonly sign: 1 | -1;
}

/** An orthonormal change of coordinates into what the mirror keeps, and what it negates. */
function halvesOf({ width }: ImageSize, mirror: Int32Array): readonly [even: Half, odd: Half] {
  const [even, odd]: [Coordinate[], Coordinate[]] = [[], []];
  mirror.forEach((other, pixel) => {
    if (pixel % width > (width - 1) / 2) return;
    const weight = other === pixel ? 1 : Math.SQRT1_2;
    even.push({ pixel, mirror: other, weight });
    if (other !== pixel) odd.push({ pixel, mirror: other, weight });
  });
  return [
    { coordinates: even, sign: 1 },
    { coordinates: odd, sign: -1 },
  ];
}

/** Where each pixel is in the mirrored image. */
export function mirrorOf(size: ImageSize): Int32Array {
  const { width } = size;
  return Int32Array.from({ length: imageLength(size) }, (_, p) => p - (p % width) + width - 1 - (p % width));
}

/** Of one half, over images and mirrors alike: the mirror changes no product of two coordinates of one half. */
function covarianceOf(
  { coordinates, sign }: Half,
  set: ImageSet,
  D: number,
  indices: Int32Array,
  mean: Float64Array,
  onProgress: (share: number) => void,
): Float64Array {
  const n = coordinates.length;
  const covariance = new Float64Array(n * n);
  const product = toKernelMemory(zeros([n, n])).data;
  const x = kernels().allocate("float32", chunk * n);
  for (let start = 0; start < indices.length; start += chunk) {
    const rows = Math.min(chunk, indices.length - start);
    x.fill(0);
    for (let r = 0; r < rows; r++) {
      const from = indices[start + r]! * D;
      coordinates.forEach(({ pixel, mirror, weight }, i) => {
        const value = set.images[from + pixel]! / 255 - mean[pixel]!;
        const other = mirror === pixel ? 0 : set.images[from + mirror]! / 255 - mean[mirror]!;
        x[r * n + i] = weight * (value + sign * other);
      });
    }
    kernels().gemm<FloatArray>({ m: n, n, k: chunk, a: x, b: x, transposeA: true, out: product });
    for (let i = 0; i < covariance.length; i++) covariance[i]! += product[i]!;
    onProgress((start + rows) / indices.length);
  }
  for (let i = 0; i < covariance.length; i++) covariance[i]! /= indices.length;
  return covariance;
}

interface Eigenvectors {
  readonly values: number[]; // the largest first
  readonly vectors: Float64Array[];
  readonly trace: number; // the sum of all eigenvalues
}

/** Block power iteration, then the eigenvectors within the block. */
function leadingEigenvectors(covariance: Float64Array, n: number, count: number, rng: Rng): Eigenvectors {
  let trace = 0;
  for (let i = 0; i < n; i++) trace += covariance[i * n + i]!;
  if (n === 0) return { values: [], vectors: [], trace };
  const block = Math.min(n, count + oversampling);
  const times = (a: Float64Array, b: Float64Array, m: number, k: number, transposeA = false): Float64Array => {
    const out = new Float64Array(m * block);
    kernels().gemm<FloatArray>({ m, n: block, k, a, b, out, transposeA });
    return out;
  };
  let basis: Float64Array = new Float64Array(n * block);
  rng.fillNormal(basis);
  for (let i = 0; i < iterations; i++) basis = orthonormalize(times(covariance, basis, n, n), n, block);
  const within = times(basis, times(covariance, basis, n, n), block, n, true);
  const { values, vectors } = symmetricEigen(within, block);
  const descending = Array.from({ length: count }, (_, i) => block - 1 - i);
  return {
    values: descending.map((i) => values[i]!),
    vectors: descending.map((i) => {
      const vector = new Float64Array(n);
      kernels().gemm<FloatArray>({
        m: n,
        n: 1,
        k: block,
        a: basis,
        b: vectors.slice(i * block, (i + 1) * block),
        out: vector,
      });
      return vector;
    }),
    trace,
  };
}

/** Columns of length 1 at right angles that span the same space: Y · R⁻¹ with RᵀR = YᵀY, twice, as the first one rounds. */
function orthonormalize(y: Float64Array, n: number, block: number): Float64Array {
  let columns = y;
  for (let pass = 0; pass < 2; pass++) {
    for (let j = 0; j < block && pass === 0; j++) normalizeColumn(columns, n, block, j);
    const gram = new Float64Array(block * block);
    kernels().gemm<FloatArray>({ m: block, n: block, k: n, a: columns, b: columns, transposeA: true, out: gram });
    const next = new Float64Array(n * block);
    kernels().gemm<FloatArray>({ m: n, n: block, k: block, a: columns, b: inverseFactor(gram, block), out: next });
    columns = next;
  }
  return columns;
}

function normalizeColumn(y: Float64Array, n: number, block: number, j: number): void {
  let squares = 0;
  for (let i = 0; i < n; i++) squares += y[i * block + j]! ** 2;
  const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
  for (let i = 0; i < n; i++) y[i * block + j]! *= scale;
}

/** R⁻¹ with RᵀR the given matrix (Cholesky); a direction that is lost to rounding becomes 0. */
function inverseFactor(gram: Float64Array, n: number): Float64Array {
  const lower = gram; // L = Rᵀ, in place
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let sum = lower[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= lower[i * n + k]! * lower[j * n + k]!;
      if (i === j) lower[j * n + j] = sum > 1e-14 ? Math.sqrt(sum) : 0;
      else lower[i * n + j] = lower[j * n + j] === 0 ? 0 : sum / lower[j * n + j]!;
    }
  }
  // L⁻¹ row by row, written transposed.
  const inverse = new Float64Array(n * n);
  const row = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const pivot = lower[i * n + i]!;
    if (pivot === 0) continue;
    row.fill(0, 0, i);
    for (let k = 0; k < i; k++) {
      const factor = lower[i * n + k]!;
      if (factor !== 0) for (let j = 0; j <= k; j++) row[j]! -= factor * inverse[j * n + k]!;
    }
    for (let j = 0; j < i; j++) inverse[j * n + i] = row[j]! / pivot;
    inverse[i * n + i] = 1 / pivot;
  }
  return inverse;
}
