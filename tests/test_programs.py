"""Ordinary PyTorch programs (examples/) run with `sys.modules["torch"] = minigrad`, and give PyTorch's stored numbers."""
import json
import subprocess
import sys

import numpy as np
import pytest

import minigrad as mg
from minigrad.course.beside import EXAMPLES, REFERENCE, minigrad_as_torch, on_minigrad

PROGRAMS = {"listing.py": 1e-5, "regression.py": 1e-4, "autoencoder.py": 1e-3, "classifier.py": 5e-2}


def test_every_program_is_run():
    assert sorted(PROGRAMS) == sorted(path.name for path in EXAMPLES.glob("*.py"))
    assert sorted(json.loads(REFERENCE.read_text(encoding="utf-8"))) == sorted(PROGRAMS)


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_gives_pytorchs_stored_losses(name):
    stored = json.loads(REFERENCE.read_text(encoding="utf-8"))[name]
    losses = on_minigrad(name)["losses"]
    np.testing.assert_allclose(losses, stored, rtol=PROGRAMS[name])
    np.testing.assert_allclose(losses[:5], stored[:5], rtol=1e-5)
    assert losses[-1] < losses[0]


def test_the_submodules_are_alike_and_torch_is_given_back():
    before = {name for name in sys.modules if name.split(".")[0] == "torch"}
    with minigrad_as_torch():
        import torch
        import torch.nn.functional as F
        import torch.utils.data
        from torch import nn, optim
        from torch.nn.utils import clip_grad_norm_
        from torch.optim.lr_scheduler import StepLR
        from torch.utils.data import DataLoader
        assert torch is mg and nn is mg.nn and F is mg.nn.functional and optim is mg.optim
        assert clip_grad_norm_ is mg.nn.utils.clip_grad_norm_ and StepLR is mg.optim.lr_scheduler.StepLR
        assert DataLoader is mg.utils.data.DataLoader
    assert {name for name in sys.modules if name.split(".")[0] == "torch"} == before


def test_a_script_needs_one_line_before_it():
    code = ("import sys, minigrad; sys.modules['torch'] = minigrad\n"
            "sys.modules.update({name.replace('minigrad', 'torch', 1): m for name, m in list(sys.modules.items())"
            " if name.startswith('minigrad.')})\n"
            f"exec(open({str(EXAMPLES / 'listing.py')!r}).read()); print(losses[-1] < losses[0])")
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=EXAMPLES.parent)
    assert out.stdout == "True\n"
