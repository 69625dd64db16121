"""Products by NumPy (threads: OPENBLAS_NUM_THREADS)."""
import numpy as np
from serve import serve_gemm


def prepare(m, n, k, transpose_a, transpose_b):
    a = np.random.rand(*((k, m) if transpose_a else (m, k))).astype(np.float32)
    b = np.random.rand(*((n, k) if transpose_b else (k, n))).astype(np.float32)
    out = np.empty((m, n), np.float32)
    left, right = a.T if transpose_a else a, b.T if transpose_b else b
    return lambda: np.matmul(left, right, out=out)


serve_gemm({"peer": "NumPy", "version": np.__version__}, prepare)
