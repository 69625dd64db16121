"""Classifies images with a checkpoint of chainrule, with NumPy alone.

    python3 classify.py model.safetensors images.npy

images.npy: uint8, (N, channels, height, width). For a linear classifier or a two-layer net whose pixels were normalised per
channel; `chainrule export --out model.py` writes a program for any other network.
"""

import json
import sys

import numpy as np


def read_safetensors(path):
    """Tensors by name, and the metadata: https://huggingface.co/docs/safetensors. Eight bytes tell how long the header is."""
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
        data = file.read()
    metadata = {key: json.loads(text) for key, text in header.pop("__metadata__", {}).items()}
    types = {"F32": "<f4", "F64": "<f8"}
    tensors = {}
    for name, entry in header.items():
        start, end = entry["data_offsets"]
        tensors[name] = np.frombuffer(data[start:end], types[entry["dtype"]]).reshape(entry["shape"])
    return tensors, metadata


def scores_of(images, tensors, metadata):
    """(N, C) scores before the softmax."""
    x = images.astype(np.float32) / 255
    if metadata["mean"] is not None:
        per_channel = (1, -1, 1, 1)
        mean, std = (np.float32(metadata[key]).reshape(per_channel) for key in ("mean", "std"))
        x = (x - mean) / std
    x = x.reshape(len(images), -1)
    if metadata["model"]["kind"] == "linear":
        return x @ tensors["W"] + tensors["b"]
    hidden = np.maximum(0, x @ tensors["W1"] + tensors["b1"])
    return hidden @ tensors["W2"] + tensors["b2"]


if __name__ == "__main__":
    tensors, metadata = read_safetensors(sys.argv[1])
    for row in scores_of(np.load(sys.argv[2]), tensors, metadata):
        best = int(row.argmax())
        print(best, metadata["classNames"][best], f"{row[best]:.4f}", sep="\t")
