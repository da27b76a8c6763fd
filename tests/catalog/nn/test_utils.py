"""Gradients in bounds."""
import numpy as np
import pytest

import minigrad as mg
from minigrad import nn


def test_clipping_keeps_the_direction_and_returns_the_norm_before():
    w, b = mg.ones(3, requires_grad=True), mg.ones(2, requires_grad=True)
    (w.sum() * 3 + b.sum() * 4).backward()
    total = nn.utils.clip_grad_norm_([w, b, mg.ones(1, requires_grad=True)], max_norm=1.0)
    assert total.item() == pytest.approx(np.sqrt(9 * 3 + 16 * 2))
    norm = np.linalg.norm([*w.grad.tolist(), *b.grad.tolist()])
    assert norm == pytest.approx(1.0, rel=1e-5) and w.grad[0].item() / b.grad[0].item() == pytest.approx(0.75)
    assert nn.utils.clip_grad_norm_([], 1.0).item() == 0


def test_small_gradients_are_left_alone_and_overflow_is_named_if_asked():
    w = mg.ones(2, requires_grad=True)
    (w * 0.1).sum().backward()
    nn.utils.clip_grad_norm_(w, max_norm=1.0)
    assert w.grad.tolist() == pytest.approx([0.1, 0.1])
    w.grad = mg.tensor([np.inf, 1.0])
    with pytest.raises(RuntimeError, match="norm of the gradients is inf"):
        nn.utils.clip_grad_norm_(w, 1.0, error_if_nonfinite=True)
