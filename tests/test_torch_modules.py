"""Every module that PyTorch has samples for (`module_db`), on all of them: outputs, gradients, state; skipped without torch.

A sample that minigrad refuses (NotImplementedError, or an argument that it does not have) is counted, not passed over:
`REFUSED` says how many of each module's samples are.
"""
import warnings

import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")
pytest.importorskip("torch.testing._internal.common_modules")
from torch.testing._internal.common_modules import module_db  # noqa: E402

INFOS = {info.module_cls.__name__: info for info in module_db if hasattr(mg.nn, info.module_cls.__name__)}
REFUSED = {"MultiheadAttention": "192 of 256", "LSTM": "64 of 128"}    # add_bias_kv or add_zero_attn; proj_size


def ours(x, known=None):
    """The same thing in minigrad's terms; a tensor that comes twice comes twice."""
    known = {} if known is None else known
    if isinstance(x, (torch.nn.TransformerEncoderLayer, torch.nn.TransformerDecoderLayer)):
        own = x.self_attn
        return getattr(mg.nn, type(x).__name__)(
            own.embed_dim, own.num_heads, x.linear1.out_features, x.dropout.p, ours(x.activation), x.norm1.eps, own.batch_first,
            x.norm_first, x.linear1.bias is not None, dtype=ours(x.linear1.weight.dtype))
    if isinstance(x, torch.nn.Module):
        return getattr(mg.nn, type(x).__name__)()
    if callable(x) and x is getattr(torch.nn.functional, getattr(x, "__name__", ""), None):
        return getattr(mg.nn.functional, x.__name__)
    if isinstance(x, torch.Tensor):
        return known.setdefault(id(x), mg.tensor(x.detach().numpy(), requires_grad=x.requires_grad))
    if isinstance(x, torch.dtype):
        return getattr(mg, str(x).removeprefix("torch."))
    if isinstance(x, (tuple, list)):
        return type(x)(ours(i, known) for i in x)
    if isinstance(x, dict):
        return {key: ours(value, known) for key, value in x.items()}
    return x


def tensors(x, kind):
    if isinstance(x, kind):
        return [x]
    return [t for i in x for t in tensors(i, kind)] if isinstance(x, (tuple, list)) else []


def close(mine, theirs, what, dtype):
    tolerance = {"float32": 2e-5, "float64": 1e-9}[dtype]
    assert mine.shape == tuple(theirs.shape), what
    assert str(mine.dtype) == str(theirs.dtype), what
    scale = max(1.0, float(np.abs(np.nan_to_num(theirs.detach().numpy().astype(float))).max(initial=0)))
    np.testing.assert_allclose(mine.detach().numpy(), theirs.detach().numpy(), rtol=tolerance, atol=tolerance * scale,
                               err_msg=what)


def samples(info, dtype, training):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.manual_seed(0)
        return list(info.module_inputs_func(info, device="cpu", dtype=getattr(torch, dtype), requires_grad=True,
                                            training=training))


def compare(name, sample, dtype, training):
    """None if both agree on the sample; the reason if minigrad refuses it."""
    make, call = sample.constructor_input, sample.forward_input
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = getattr(torch.nn, name)(*make.args, **make.kwargs).to(getattr(torch, dtype)).train(training)
        there = theirs(*call.args, **call.kwargs)
    for t in tensors([call.args, *call.kwargs.values()], torch.Tensor):
        if t.requires_grad:
            t.retain_grad()
    args, kwargs = ours((call.args, call.kwargs))
    try:
        mine = getattr(mg.nn, name)(*ours(make.args), **ours(make.kwargs)).to(getattr(mg, dtype)).train(training)
        assert list(mine.state_dict()) == list(theirs.state_dict())
        before = getattr(torch.nn, name)(*make.args, **make.kwargs).to(getattr(torch, dtype)).state_dict()
        fresh = {k: v for k, v in before.items() if "running" in k or "num_batches" in k}      # as before the call
        mine.load_state_dict({k: fresh.get(k, v).numpy() for k, v in theirs.state_dict().items()})
        here = mine(*args, **kwargs)
    except NotImplementedError as error:
        return str(error)
    outs = list(zip(tensors(here, mg.Tensor), tensors(there, torch.Tensor), strict=True))
    for mine_out, their_out in outs:
        close(mine_out, their_out, "output", dtype)
        if not their_out.requires_grad:
            continue
        direction = np.random.default_rng(1).standard_normal(their_out.shape).astype(dtype)
        mine_out.backward(mg.tensor(direction), retain_graph=True)
        their_out.backward(torch.tensor(direction), retain_graph=True)
    for key, value in theirs.state_dict().items():
        close(mine.state_dict()[key], value, key, dtype)
    leaves = [(f"input {i}", a, b) for i, (a, b) in enumerate(zip(tensors([args, *kwargs.values()], mg.Tensor),
                                                                  tensors([call.args, *call.kwargs.values()],
                                                                          torch.Tensor), strict=True))]
    leaves += [(key, a, b) for (key, a), b in zip(mine.named_parameters(), theirs.parameters(), strict=True)]
    for what, a, b in leaves:
        assert (a.grad is None) == (b.grad is None), what
        if b.grad is not None:
            close(a.grad, b.grad, f"gradient of {what}", dtype)
    return None


@pytest.mark.parametrize("name", INFOS)
def test_all_samples(name):
    refused, total = [], 0
    for dtype in ("float32", "float64"):
        for training in (True, False):
            for sample in samples(INFOS[name], dtype, training):
                if sample.forward_input is None:
                    continue
                total += 1
                if reason := compare(name, sample, dtype, training):
                    refused.append(reason)
    assert total and f"{len(refused)} of {total}" == REFUSED.get(name, f"0 of {total}"), set(refused)


def test_most_modules_are_there():
    assert len(INFOS) >= 70


@pytest.mark.parametrize("name", ["ReLU", "ReLU6", "LeakyReLU", "ELU", "CELU", "SELU", "SiLU", "Mish", "Hardtanh",
                                  "Hardsigmoid", "Hardswish"])
def test_inplace_overwrites_and_differentiates_as_in_pytorch(name):
    def run(lib):
        x = lib.tensor(np.linspace(-7, 7, 40, dtype="float32").reshape(4, 10) + np.float32(0.01), requires_grad=True)
        layer = getattr(lib.nn, name)(inplace=True)
        inner = x * 1.5
        out = layer(inner)
        assert out is inner
        (inner * x).sum().backward()                           # inner now is the activated one
        return inner.detach(), x.grad
    for mine, theirs in zip(run(mg), run(torch)):
        close(mine, theirs, name, "float32")
