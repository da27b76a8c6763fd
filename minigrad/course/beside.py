"""The same PyTorch program on minigrad and on PyTorch: `import minigrad as torch`, tested.

    python -m minigrad.course.beside      store PyTorch's numbers for the programs in examples/

Two libraries draw other random numbers from the same seed. To compare, PyTorch is lent minigrad's:
whatever the program draws (first weights, data, orders, noise) is then the same. The program itself
is not touched.
"""

import importlib
import json
import pkgutil
import runpy
import sys
from contextlib import contextmanager
from pathlib import Path

import numpy as np

import minigrad

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
REFERENCE = EXAMPLES / "pytorch.json"
OURS = ("minigrad.viz", "minigrad.course")           # what PyTorch has nothing like


@contextmanager
def minigrad_as_torch():
    """While it is on, `import torch` and `from torch.nn import …` give minigrad and its submodules.

    >>> from minigrad.course.beside import minigrad_as_torch
    >>> with minigrad_as_torch():
    ...     import torch.nn.functional as F
    >>> F is minigrad.nn.functional
    True
    """
    before = {name: module for name, module in sys.modules.items() if name.split(".")[0] == "torch"}
    for name in before:
        del sys.modules[name]
    for package in ("minigrad", "minigrad.nn", "minigrad.optim", "minigrad.utils"):
        path = importlib.import_module(package).__path__
        for module in pkgutil.iter_modules(path, f"{package}."):
            if module.name not in OURS:
                importlib.import_module(module.name)
    for name, module in list(sys.modules.items()):
        if f"{name}.".startswith("minigrad.") and not name.startswith(OURS):
            sys.modules[f"torch{name.removeprefix('minigrad')}"] = module
    try:
        yield
    finally:
        for name in [name for name in sys.modules if name.split(".")[0] == "torch"]:
            del sys.modules[name]
        sys.modules.update(before)


@contextmanager
def minigrads_dice(torch):
    """While it is on, PyTorch draws minigrad's random numbers."""
    def drawn(draw):
        def function(*size, **settings):
            settings.pop("device", None)
            settings.pop("generator", None)
            grad = settings.pop("requires_grad", False)
            size = [tuple(n) if isinstance(n, torch.Size) else n for n in size]
            return torch.from_numpy(np.array(draw(*size, **settings).numpy())).requires_grad_(grad)
        return function

    def uniform_(self, a=0.0, b=1.0, generator=None):
        return self.copy_(a + (b - a) * torch.rand(tuple(self.shape)))

    def normal_(self, mean=0.0, std=1.0, generator=None):
        return self.copy_(mean + std * torch.randn(tuple(self.shape)))

    def dropout(input, p=0.5, training=True, inplace=False):
        ones = minigrad.ones(tuple(input.shape))
        return input * torch.from_numpy(minigrad.nn.functional.dropout(ones, p, training).numpy())

    def order(self):                       # PyTorch's own draws once more when it is at the end
        return iter(torch.randperm(len(self.data_source)).tolist())

    lent = {(torch, name): drawn(getattr(minigrad, name))
            for name in ("rand", "randn", "randint", "randperm")}
    lent |= {(torch, "manual_seed"): minigrad.manual_seed, (torch.Tensor, "uniform_"): uniform_,
             (torch.Tensor, "normal_"): normal_, (torch.nn.functional, "dropout"): dropout,
             (torch.utils.data.RandomSampler, "__iter__"): order,
             (torch, "randn_like"): lambda x: torch.randn(tuple(x.shape)),
             (torch, "rand_like"): lambda x: torch.rand(tuple(x.shape))}
    before = {place: getattr(*place) for place in lent}
    for place, function in lent.items():
        setattr(*place, function)
    try:
        yield
    finally:
        for place, function in before.items():
            setattr(*place, function)


def on_minigrad(program: str | Path) -> dict:
    """The names that a program of `examples/` leaves behind, its `import torch` being minigrad."""
    minigrad.manual_seed(0)
    with minigrad_as_torch():
        return runpy.run_path(str(EXAMPLES / program))


def on_torch(program: str | Path) -> dict | None:
    """The same on PyTorch, with minigrad's random numbers; None where PyTorch is not installed."""
    try:
        import torch
    except ImportError:
        return None
    minigrad.manual_seed(0)
    with minigrads_dice(torch):
        return runpy.run_path(str(EXAMPLES / program))


def losses_on_torch(program: str) -> list[float]:
    """PyTorch's losses for a program: computed where it is installed, and else those stored.

    Raises AssertionError if what is computed is not what is stored.
    """
    stored = json.loads(REFERENCE.read_text(encoding="utf-8"))[program]
    names = on_torch(program)
    if names is None:
        return stored
    np.testing.assert_allclose(names["losses"], stored, rtol=0.1)    # it drifts with its threads
    return stored


def main() -> None:
    found = {path.name: [float(f"{loss:.8g}") for loss in on_torch(path.name)["losses"]]
             for path in sorted(EXAMPLES.glob("*.py"))}
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(losses)}"
                       for name, losses in found.items())
    REFERENCE.write_text("{\n" + lines + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
