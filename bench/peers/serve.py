"""How a Python peer talks with the benchmark; see serve.js."""
import json
import os
import resource
import sys
import time

import numpy as np

LEARNING_RATE, REG, BATCH = 0.05, 1e-3, 128
INPUTS, CLASSES, HIDDEN = 3072, 10, {"A": 512, "B": 128}


def load(folder, job):
    """The prepared inputs of a job; see prepare.js."""
    hidden = HIDDEN[job]

    def read(name, dtype, *shape):
        return np.fromfile(os.path.join(folder, name), dtype).reshape(shape)

    return {
        "x": read("x.f32", np.float32, -1, INPUTS),
        "y": read("y.u8", np.uint8, -1).astype(np.int64),
        "batches": read("idx.i32", np.int32, -1, BATCH).astype(np.int64),
        "w1": read(f"w1_{hidden}.f32", np.float32, INPUTS, hidden),
        "w2": read(f"w2_{hidden}.f32", np.float32, hidden, CLASSES),
    }


def serve(about, batches, step, read_loss=float, prepare=lambda rows: None):
    """`step(rows)` trains on one batch; `read_loss` of what it returns is the loss, outside the timing if that is work.

    `prepare(rows)` comes before, outside the timing too.
    """
    done = 0

    def answer(question):
        nonlocal done
        times, losses = [], []
        for _ in range(question["steps"]):
            rows = batches[done % len(batches)]
            done += 1
            prepare(rows)
            started = time.perf_counter()
            result = step(rows)
            times.append((time.perf_counter() - started) * 1000)
            losses.append(read_loss(result))
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return {"ms": times, "losses": losses, "residentMb": memory}

    converse(about, answer)


def serve_gemm(about, prepare):
    """`prepare(m, n, k, transpose_a, transpose_b)` makes random matrices and returns their product as a function."""
    last, multiply = None, None

    def answer(question):
        nonlocal last, multiply
        shape = [question.get(name) for name in ("m", "n", "k", "transposeA", "transposeB")]
        if shape != last:
            last, multiply = shape, prepare(*shape)
            multiply()
        started = time.perf_counter()
        for _ in range(question["repeats"]):
            multiply()
        return {"ms": (time.perf_counter() - started) * 1000 / question["repeats"]}

    converse(about, answer)


def converse(about, answer):
    def say(value):
        print(json.dumps(value), flush=True)

    say({"ready": True, **about})
    for line in sys.stdin:
        say(answer(json.loads(line)))
