"""The same PyTorch program on minigrad and on PyTorch: `import minigrad as torch`, tested.

    python -m minigrad.course.beside      store PyTorch's numbers for the programs in examples/

From the same seed both draw the same numbers: first weights, data, orders, noise. The program
itself is not touched.
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


def on_minigrad(program: str | Path) -> dict:
    """The names that a program of `examples/` leaves behind, its `import torch` being minigrad."""
    minigrad.manual_seed(0)
    with minigrad_as_torch():
        return runpy.run_path(str(EXAMPLES / program))


def on_torch(program: str | Path) -> dict | None:
    """The same on PyTorch; None where PyTorch is not installed."""
    try:
        import torch
    except ImportError:
        return None
    torch.manual_seed(0)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)               # on a busy machine, a second one is waited for in a loop
    try:
        return runpy.run_path(str(EXAMPLES / program))
    finally:
        torch.set_num_threads(threads)


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
