"""Writes checkpoint.pt, with PyTorch, for the tests where PyTorch is missing: `python tests/catalog/files/make_checkpoint.py`."""
import argparse
from collections import Counter, OrderedDict
from pathlib import Path

import numpy as np


def checkpoint():
    import torch                               # here, for pytest looks into every file of the tests

    base = torch.arange(24, dtype=torch.float32).reshape(4, 6)
    marked = torch.nn.Parameter(torch.tensor([1.0, 2.0]), requires_grad=False)
    marked.is_bias = True
    kinds = "bool uint8 int8 int16 int32 int64 float16 float32 float64".split()
    return {
        "net": OrderedDict(weight=torch.nn.Parameter(torch.tensor([[0.5, -1.5]])), bias=marked),
        "base": base, "view": base.T[1:, ::2], "expanded": torch.tensor([7.0]).expand(2, 3),
        "kinds": {name: torch.tensor([0, 1], dtype=getattr(torch, name)) for name in kinds},
        "number": torch.tensor(3), "nothing": torch.empty(0, 3), "asks": torch.tensor([1.0], requires_grad=True),
        "plain": [1, -2, 2**40, -2**90, 1.5, None, True, False, "é", (1, (2, [3]), ()), float("inf")],
        "args": argparse.Namespace(lr=0.1, layers=[2, 3]), "milestones": Counter([3, 3, 5]), (1, "a"): {2: 3},
        "size": torch.Size([2, 3]), "dtype": torch.float64, "device": torch.device("cpu"),
        "set": {1, 2}, "complex": 1 + 2j, "bytes": b"\x00\xff", "no bytes": b"",
        "array": np.arange(6.0).reshape(2, 3).T, "scalar": np.float32(0.5), "unsigned": np.array([2**32 - 1], np.uint32),
    }


if __name__ == "__main__":
    import torch

    torch.save(checkpoint(), Path(__file__).with_name("checkpoint.pt"))
