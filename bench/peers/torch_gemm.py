"""Products by PyTorch. usage: torch_gemm.py THREADS"""
import sys

import torch
from serve import serve_gemm

torch.set_num_threads(int(sys.argv[1]))


def prepare(m, n, k, transpose_a, transpose_b):
    a = torch.rand(*((k, m) if transpose_a else (m, k)))
    b = torch.rand(*((n, k) if transpose_b else (k, n)))
    out = torch.empty(m, n)
    left, right = a.T if transpose_a else a, b.T if transpose_b else b
    return lambda: torch.mm(left, right, out=out)


serve_gemm({"peer": "PyTorch", "version": torch.__version__}, prepare)
