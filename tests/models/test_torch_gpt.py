"""GPT beside PyTorch: the same file, with only its import changed, from the same seed."""
import sys
from dataclasses import asdict
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import minigrad as mg
from minigrad.models import gpt

torch = pytest.importorskip("torch")


@pytest.fixture(scope="module")
def theirs():
    """minigrad/models/gpt.py, read by PyTorch."""
    text = Path(gpt.__file__).read_text(encoding="utf-8")
    changed = text.replace("import minigrad as mg", "import torch as mg").replace("from minigrad import nn", "from torch import nn")
    module = sys.modules["gpt_in_torch"] = ModuleType("gpt_in_torch")
    exec(compile(changed, gpt.__file__, "exec"), module.__dict__)
    yield module
    del sys.modules["gpt_in_torch"]


CONFIG = gpt.GPTConfig(block_size=16, vocab_size=17, n_layer=2, n_head=4, n_embd=32)


def both(theirs, seed=3):
    for lib, module in ((mg, gpt), (torch, theirs)):
        lib.manual_seed(seed)
        yield lib, module.GPT(module.GPTConfig(**asdict(CONFIG)))


def data(lib, seed=0, shape=(4, 16)):
    draw = np.random.default_rng(seed)
    return [lib.tensor(draw.integers(0, CONFIG.vocab_size, shape)) for _ in range(2)]


def test_the_first_weights_are_pytorchs(theirs):
    (_, mine), (_, other) = both(theirs)
    state = other.state_dict()
    assert list(mine.state_dict()) == list(state)
    for name, w in mine.state_dict().items():
        np.testing.assert_allclose(w.numpy(), state[name].numpy(), atol=1e-6, err_msg=name)


def test_twenty_steps_give_the_same_losses(theirs):
    found = []
    for lib, model in both(theirs):
        optimizer, losses = lib.optim.AdamW(model.parameters(), lr=1e-2), []
        for step in range(20):
            loss = model(*data(lib, step))[1]
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        found.append(losses)
    np.testing.assert_allclose(*found, rtol=1e-3)


@pytest.mark.parametrize("settings", [{}, {"temperature": 0.7}, {"top_k": 4}, {"top_p": 0.8}, {"temperature": 1.5, "top_k": 9, "top_p": 0.9}], ids=str)
@pytest.mark.parametrize("use_cache", [True, False])
def test_the_same_seed_writes_the_same_text(theirs, settings, use_cache):
    texts = []
    for lib, model in both(theirs):
        lib.manual_seed(7)
        texts.append(model.generate(data(lib, shape=(2, 3))[0], 30, use_cache=use_cache, **settings).tolist())
    assert texts[0] == texts[1]
