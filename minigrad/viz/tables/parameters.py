"""parameters: a network's layers, and how many numbers each of them learns."""
from typing import Any

from ...nn.module import Module


def parameters(model: Any) -> "Parameters":
    """The layers of a model as it prints them, each with the shapes and the number of its weights.

    >>> net = mg.nn.Sequential(mg.nn.Linear(3, 5), mg.nn.ReLU(), mg.nn.Linear(5, 2, bias=False))
    >>> parameters(net)
    Sequential(
      (0): Linear(in_features=3, out_features=5, bias=True)    # weight (5, 3), bias (5,): 20
      (1): ReLU()
      (2): Linear(in_features=5, out_features=2, bias=False)    # weight (2, 5): 10
    )    # 30 parameters

    A parameter that two layers share is counted once in the sum.
    """
    return Parameters(model)


class Parameters:
    """The text; `total`: how many numbers there are, `frozen`: how many of them do not learn."""

    def __init__(self, model: Any):
        sizes = {p: p.numel() for p in model.parameters()}
        self.total = sum(sizes.values())
        self.frozen = sum(n for p, n in sizes.items() if not p.requires_grad)
        self.text = _described(model)
        if self.total and any(model.children()):
            self.text += f"    # {self.total:,} parameters"
            self.text += f", {self.frozen:,} of them frozen" * bool(self.frozen)

    def __repr__(self) -> str:
        return self.text


def _described(module: Any, indent: str = "") -> str:
    own = list(module.named_parameters(recurse=False))
    head, counts = f"{type(module).__name__}({module.extra_repr()}", ""
    if own:
        shapes = ", ".join(f"{name} {tuple(p.shape)}" for name, p in own)
        counts = f"    # {shapes}: {sum(p.numel() for _, p in own):,}"
    deeper = indent + "  "
    lines = [f"{deeper}({name}): {_described(child, deeper)}"
             for name, child in vars(module).items() if isinstance(child, Module)]
    return "\n".join([head + counts, *lines, f"{indent})"]) if lines else f"{head}){counts}"
