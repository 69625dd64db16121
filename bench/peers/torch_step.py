"""PyTorch on the CPU, eager, the penalty as weight decay of the optimizer. usage: torch_step.py DATA_DIR JOB THREADS MOMENTUM

The penalty's share of the loss is added outside the timing.
"""
import sys

import torch
from serve import LEARNING_RATE, REG, load, serve
from torch_penalty import with_penalty

inputs = load(sys.argv[1], sys.argv[2])
torch.set_num_threads(int(sys.argv[3]))
layers = [torch.nn.Linear(*inputs[name].shape) for name in ("w1", "w2")]
with torch.no_grad():
    for layer, name in zip(layers, ("w1", "w2")):
        layer.weight.copy_(torch.from_numpy(inputs[name]).T)
        layer.bias.zero_()
net = torch.nn.Sequential(layers[0], torch.nn.ReLU(), layers[1])
weights = [layer.weight for layer in layers]
optimizer = torch.optim.SGD(
    [{"params": weights, "weight_decay": REG}, {"params": [layer.bias for layer in layers]}],
    lr=LEARNING_RATE,
    momentum=float(sys.argv[4]),
)
criterion = torch.nn.CrossEntropyLoss()
x, y = torch.from_numpy(inputs["x"]), torch.from_numpy(inputs["y"])


def step(rows):
    index = torch.from_numpy(rows)
    loss = criterion(net(x[index]), y[index])
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    return loss.item()


serve({"peer": "PyTorch", "version": torch.__version__}, inputs["batches"], step, with_penalty(weights, REG))
