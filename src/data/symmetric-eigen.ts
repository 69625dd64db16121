/**
 * Eigenvalues and eigenvectors of a symmetric matrix: Householder's reflections make it tridiagonal, implicit QL steps make
 * that diagonal. Source: Golub & Van Loan 2013, "Matrix computations", 8.3 (algorithms 8.3.1 to 8.3.3).
 *
 * @param matrix - (n, n), row-major; only its lower half is read
 * @returns values in ascending order, and vectors (n, n): the i-th row belongs to the i-th value
 */
export function symmetricEigen(
  matrix: Float64Array,
  n: number,
): { readonly values: Float64Array; readonly vectors: Float64Array } {
  const a = matrix.slice();
  const [diagonal, beside] = [new Float64Array(n), new Float64Array(n)];
  const scales = tridiagonalize(a, n, diagonal, beside);
  const vectors = accumulate(a, n, scales);
  diagonalize(vectors, n, diagonal, beside);
  const order = Array.from(diagonal.keys()).sort((i, j) => diagonal[i]! - diagonal[j]!);
  const sorted = new Float64Array(n * n);
  order.forEach((from, to) => {
    sorted.set(vectors.subarray(from * n, (from + 1) * n), to * n);
  });
  return { values: Float64Array.from(order, (i) => diagonal[i]!), vectors: sorted };
}

/** Reflects row by row from the last; the reflections stay in the rows of `a`. @returns the factor of each, 0 for none */
function tridiagonalize(a: Float64Array, n: number, diagonal: Float64Array, beside: Float64Array): Float64Array {
  const scales = new Float64Array(n);
  const p = new Float64Array(n);
  for (let i = n - 1; i > 0; i--) {
    const row = i * n;
    let tail = 0;
    for (let k = 0; k < i - 1; k++) tail += a[row + k]! ** 2;
    const last = a[row + i - 1]!;
    if (tail > 0) {
      const length = Math.sqrt(tail + last * last);
      const head = last > 0 ? last + length : last - length; // of the reflection vector: no cancellation
      beside[i] = last > 0 ? -length : length;
      a[row + i - 1] = head;
      const scale = 2 / (tail + head * head);
      scales[i] = scale;
      // A ← H·A·H with H = 1 − scale · v·vᵀ, for the leading i rows: p = scale·A·v, q = p − (scale/2 · vᵀp)·v, A ← A − v·qᵀ − q·vᵀ
      p.fill(0, 0, i);
      for (let k = 0; k < i; k++) {
        const v = a[row + k]!;
        let sum = 0;
        for (let j = 0; j < k; j++) {
          sum += a[k * n + j]! * a[row + j]!;
          p[j]! += a[k * n + j]! * v;
        }
        p[k]! += sum + a[k * n + k]! * v;
      }
      let dot = 0;
      for (let k = 0; k < i; k++) {
        p[k]! *= scale;
        dot += p[k]! * a[row + k]!;
      }
      for (let k = 0; k < i; k++) p[k]! -= (scale / 2) * dot * a[row + k]!;
      for (let k = 0; k < i; k++)
        for (let j = 0; j <= k; j++) a[k * n + j]! -= a[row + k]! * p[j]! + p[k]! * a[row + j]!;
    } else beside[i] = last;
    diagonal[i] = a[row + i]!;
  }
  diagonal[0] = a[0]!;
  return scales;
}

/** The product of the reflections, transposed: rows that become eigenvectors. */
function accumulate(a: Float64Array, n: number, scales: Float64Array): Float64Array {
  const q = new Float64Array(n * n);
  for (let i = 0; i < n; i++) q[i * n + i] = 1;
  const dots = new Float64Array(n);
  for (let i = 1; i < n; i++) {
    const scale = scales[i]!;
    if (scale === 0) continue;
    // Rows of q are columns of Hₙ₋₁···H₁; reflecting acts on the entries below i of every row.
    for (let r = 0; r < n; r++) {
      let dot = 0;
      for (let k = 0; k < i; k++) dot += q[r * n + k]! * a[i * n + k]!;
      dots[r] = scale * dot;
    }
    for (let r = 0; r < n; r++)
      if (dots[r] !== 0) for (let k = 0; k < i; k++) q[r * n + k]! -= dots[r]! * a[i * n + k]!;
  }
  return q;
}

/** Implicit QL with Wilkinson's shift; each rotation turns two rows of `vectors`. */
function diagonalize(vectors: Float64Array, n: number, d: Float64Array, beside: Float64Array): void {
  const e = new Float64Array(n);
  for (let i = 1; i < n; i++) e[i - 1] = beside[i]!;
  for (let l = 0; l < n; l++)
    for (let turn = 0; ; turn++) {
      let m = l;
      while (m < n - 1 && Math.abs(e[m]!) > Number.EPSILON * (Math.abs(d[m]!) + Math.abs(d[m + 1]!))) m++;
      if (m === l) break;
      if (turn === 100) throw new Error("symmetricEigen: expected the QL steps to converge, got 100 without an end");
      const half = (d[l + 1]! - d[l]!) / (2 * e[l]!);
      const root = Math.hypot(half, 1);
      let g = d[m]! - d[l]! + e[l]! / (half + (half >= 0 ? root : -root));
      let [s, c, p] = [1, 1, 0];
      for (let i = m - 1; i >= l; i--) {
        const f = s * e[i]!;
        const b = c * e[i]!;
        const r = Math.hypot(f, g);
        e[i + 1] = r;
        if (r === 0) {
          d[i + 1]! -= p;
          e[m] = 0;
          break;
        }
        s = f / r;
        c = g / r;
        const next = d[i + 1]! - p;
        const t = (d[i]! - next) * s + 2 * c * b;
        p = s * t;
        d[i + 1] = next + p;
        g = c * t - b;
        rotate(vectors, i * n, (i + 1) * n, n, s, c);
      }
      if (e[m] === 0) continue; // the sweep was cut short: the matrix falls into two
      d[l]! -= p;
      e[l] = g;
      e[m] = 0;
    }
}

function rotate(x: Float64Array, first: number, second: number, n: number, s: number, c: number): void {
  for (let k = 0; k < n; k++) {
    const [a, b] = [x[first + k]!, x[second + k]!];
    x[second + k] = s * a + c * b;
    x[first + k] = c * a - s * b;
  }
}
