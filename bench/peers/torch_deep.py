"""The deep net in PyTorch on the CPU, eager. usage: torch_deep.py DATA_DIR JOB THREADS OPTIMIZER DROPOUT"""
import math
import sys

import numpy as np
import torch
from serve import load, serve
from torch_penalty import with_penalty

data_dir, job, threads, optimizer_name, dropout = sys.argv[1:]
torch.set_num_threads(int(threads))
D = {"C": 3072, "D": 600}[job]
H, C, BATCH, RATE, REG = 1024, 10, 256, 1e-3, 5e-4


def linear(inputs, outputs, bias):
    layer = torch.nn.Linear(inputs, outputs, bias=bias)
    i = np.arange(1, inputs * outputs + 1, dtype=np.float64)
    w = (math.sqrt(2 / inputs) * math.sqrt(2) * np.sin(12.9898 * i)).astype(np.float32).reshape(inputs, outputs)
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(w).T)
        if bias:
            layer.bias.zero_()
    return layer


layers, width = [], D
for _ in range(2):
    layers += [linear(width, H, False), torch.nn.BatchNorm1d(H), torch.nn.ReLU(), torch.nn.Dropout(float(dropout))]
    width = H
net = torch.nn.Sequential(*layers, linear(H, C, True))
matrices = [p for p in net.parameters() if p.dim() == 2]
others = [p for p in net.parameters() if p.dim() != 2]
is_adam = optimizer_name == "adamw"
groups = [{"params": matrices, "weight_decay": 0.01 if is_adam else REG}, {"params": others, "weight_decay": 0.0}]
optimizer = torch.optim.AdamW(groups, RATE) if is_adam else torch.optim.SGD(groups, RATE, momentum=0.9, nesterov=True)
criterion = torch.nn.CrossEntropyLoss()
inputs = load(data_dir, "A")
x, y = inputs["x"], torch.from_numpy(inputs["y"])
order = np.concatenate(inputs["batches"])
batches = [order[at : at + BATCH] for at in range(0, len(order) - BATCH + 1, BATCH)]
ready = {}


def prepare(rows):
    ready["x"] = torch.from_numpy(np.ascontiguousarray(x[rows][:, :D]))
    ready["y"] = y[torch.from_numpy(rows)].long()


def step(_):
    loss = criterion(net(ready["x"]), ready["y"])
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    return loss.item()


serve({"peer": "PyTorch", "version": torch.__version__}, batches, step, with_penalty(matrices, 0 if is_adam else REG), prepare)
