"""NumPy float32. usage: numpy_step.py DATA_DIR JOB tuned|textbook MOMENTUM (threads: OPENBLAS_NUM_THREADS)

tuned: buffers made once, in-place operations, no gradient of the input, penalty folded into the update.
textbook: as the textbook writes it, layer by layer, a new array for everything, the gradient of the input too; no momentum.
"""
import sys

import numpy as np
from serve import BATCH, CLASSES, LEARNING_RATE, REG, load, serve


class Tuned:
    def __init__(self, data, momentum):
        self.momentum = np.float32(momentum)
        self.x, self.y = data["x"], data["y"]
        self.w1, self.w2 = data["w1"].copy(), data["w2"].copy()
        hidden = self.w1.shape[1]
        self.b1, self.b2 = np.zeros(hidden, np.float32), np.zeros(CLASSES, np.float32)
        self.batch = np.empty((BATCH, self.w1.shape[0]), np.float32)
        self.hidden, self.grad_hidden = (np.empty((BATCH, hidden), np.float32) for _ in range(2))
        self.active = np.empty((BATCH, hidden), bool)
        self.scores = np.empty((BATCH, CLASSES), np.float32)
        self.move1, self.move2 = np.empty_like(self.w1), np.empty_like(self.w2)
        self.each = np.arange(BATCH)
        self.velocities = [np.zeros_like(w) for w in (self.w1, self.w2, self.b1, self.b2)]  # times the rate

    def step(self, rows):
        x, hidden, scores, grad = self.batch, self.hidden, self.scores, self.grad_hidden
        np.take(self.x, rows, axis=0, out=x, mode="clip")
        labels = self.y[rows]
        np.matmul(x, self.w1, out=hidden)
        hidden += self.b1
        np.maximum(hidden, 0, out=hidden)
        np.matmul(hidden, self.w2, out=scores)
        scores += self.b2
        scores -= scores.max(axis=1, keepdims=True)
        margins = scores[self.each, labels]
        np.exp(scores, out=scores)
        sums = scores.sum(axis=1, keepdims=True)
        penalty = float(np.vdot(self.w1, self.w1)) + float(np.vdot(self.w2, self.w2))
        loss = float(np.mean(np.log(sums[:, 0]) - margins)) + REG / 2 * penalty
        scores /= sums
        scores[self.each, labels] -= 1
        scores *= np.float32(LEARNING_RATE / BATCH)  # from here on gradients are already times the rate
        np.matmul(hidden.T, scores, out=self.move2)
        np.matmul(scores, self.w2.T, out=grad)
        np.greater(hidden, 0, out=self.active)
        grad *= self.active
        np.matmul(x.T, grad, out=self.move1)
        moves = self.move1, self.move2, grad.sum(axis=0), scores.sum(axis=0)
        for w, move, velocity in zip((self.w1, self.w2, self.b1, self.b2), moves, self.velocities):
            if self.momentum == 0:
                if w.ndim == 2:
                    w *= np.float32(1 - LEARNING_RATE * REG)
                w -= move
                continue
            velocity *= self.momentum
            velocity += move
            if w.ndim == 2:
                np.multiply(w, np.float32(LEARNING_RATE * REG), out=move)
                velocity += move
            w -= velocity
        return loss


class Textbook:
    def __init__(self, data, momentum):
        self.x, self.y = data["x"], data["y"]
        self.w1, self.w2 = data["w1"].copy(), data["w2"].copy()
        self.b1, self.b2 = np.zeros(self.w1.shape[1], np.float32), np.zeros(CLASSES, np.float32)

    def step(self, rows):
        x, labels = self.x[rows], self.y[rows]
        before = x @ self.w1 + self.b1
        hidden = np.maximum(before, 0)
        scores = hidden @ self.w2 + self.b2
        probs = np.exp(scores - scores.max(axis=1, keepdims=True))
        probs /= probs.sum(axis=1, keepdims=True)
        each = np.arange(len(rows))
        loss = -np.log(probs[each, labels]).mean()
        loss += REG / 2 * ((self.w1**2).sum() + (self.w2**2).sum())
        grad_scores = probs.copy()
        grad_scores[each, labels] -= 1
        grad_scores /= len(rows)
        grad_w2, grad_b2 = hidden.T @ grad_scores + REG * self.w2, grad_scores.sum(axis=0)
        grad_hidden = (grad_scores @ self.w2.T) * (before > 0)
        grad_w1, grad_b1 = x.T @ grad_hidden + REG * self.w1, grad_hidden.sum(axis=0)
        grad_hidden @ self.w1.T  # the gradient of the input, which modular code computes and nobody reads
        self.w1 -= LEARNING_RATE * grad_w1
        self.b1 -= LEARNING_RATE * grad_b1
        self.w2 -= LEARNING_RATE * grad_w2
        self.b2 -= LEARNING_RATE * grad_b2
        return loss


if __name__ == "__main__":
    inputs = load(sys.argv[1], sys.argv[2])
    style = sys.argv[3]
    net = {"tuned": Tuned, "textbook": Textbook}[style](inputs, float(sys.argv[4]))
    serve({"peer": f"NumPy {style}", "version": np.__version__}, inputs["batches"], net.step)
