"""Files that PyTorch writes are read here, and what is written here PyTorch reads, executing nothing."""
import argparse
import io
from collections import Counter, OrderedDict

import numpy as np
import pytest
from make_checkpoint import checkpoint
from test_pytorch import CHECKPOINT, KINDS, check_checkpoint

import minigrad as mg

torch = pytest.importorskip("torch")


def from_torch(obj, **how):
    torch.save(obj, file := io.BytesIO(), **how)
    return mg.load(file)


def to_torch(obj, **how):
    mg.save(obj, file := io.BytesIO())
    file.seek(0)
    return torch.load(file, **{"weights_only": True, **how})


def test_the_stored_file_is_what_the_script_writes():
    check_checkpoint(from_torch(checkpoint()))
    assert torch.load(CHECKPOINT, weights_only=False).keys() == checkpoint().keys()


def equal(ours, theirs):
    assert ours.numpy().dtype == theirs.detach().numpy().dtype and tuple(ours.shape) == tuple(theirs.shape)
    assert ours.requires_grad == theirs.requires_grad
    assert (type(ours) is mg.nn.Parameter) == (type(theirs) is torch.nn.Parameter)
    np.testing.assert_array_equal(ours.detach().numpy(), theirs.detach().numpy())


VIEWS = [lambda t: t, lambda t: t.T, lambda t: t[1:, ::2], lambda t: t[2], lambda t: t[2, 3], lambda t: t[:0], lambda t: t[None].expand(2, 4, 6),
         lambda t: t.reshape(2, 2, 6).transpose(0, 2), lambda t: t.as_strided((3, 3), (1, 1), 2) if isinstance(t, torch.Tensor) else t]


@pytest.mark.parametrize("view", range(len(VIEWS)))
@pytest.mark.parametrize("dtype", KINDS)
def test_every_dtype_and_view_both_ways(dtype, view):
    base = torch.arange(24).reshape(4, 6).to(getattr(torch, dtype))
    found = from_torch({"view": VIEWS[view](base), "base": base})
    equal(found["view"], VIEWS[view](base))
    equal(found["base"], base)
    mine = mg.arange(24).reshape(4, 6).to(getattr(mg, dtype))
    both = to_torch({"view": VIEWS[view](mine), "base": mine})
    equal(VIEWS[view](mine), both["view"])
    if both["view"].numel():
        both["base"].fill_(1)                               # the memory is still one
        assert view == len(VIEWS) - 1 or (both["view"] == 1).all()


def test_modules_optimizers_and_schedulers_travel_both_ways():
    def training(lib):
        net = lib.nn.Sequential(lib.nn.Conv2d(1, 2, 3, bias=False), lib.nn.BatchNorm2d(2), lib.nn.Flatten(), lib.nn.Linear(8, 1))
        optimizer = lib.optim.AdamW(net.parameters(), lr=0.01)
        return net, optimizer, lib.optim.lr_scheduler.MultiStepLR(optimizer, [1, 3])

    def step(lib, net, optimizer, scheduler):
        optimizer.zero_grad()
        (net(lib.linspace(-1, 1, 32).reshape(2, 1, 4, 4)) ** 2).sum().backward()
        optimizer.step()
        scheduler.step()

    torch.manual_seed(0)
    mine, theirs = training(mg), training(torch)
    step(torch, *theirs)
    for part, state in zip(mine, from_torch([part.state_dict() for part in theirs])):
        part.load_state_dict(state)
    for _ in range(2):
        step(mg, *mine)
        step(torch, *theirs)
    back = training(torch)
    for part, state in zip(back, to_torch([part.state_dict() for part in mine])):
        part.load_state_dict(state)
    for net, optimizer, _ in (mine, back):
        for p, q in zip(net.parameters(), theirs[0].parameters(), strict=True):
            np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol=0, atol=1e-4)    # a step is 1e-2
        assert optimizer.param_groups[0]["lr"] == pytest.approx(theirs[1].param_groups[0]["lr"])


def test_weights_only_takes_what_is_written(tmp_path):
    marked = mg.nn.Parameter(mg.ones(2), requires_grad=False)
    marked.is_bias, t = True, mg.ones(2)
    t.tag = "x"
    obj = {"b": 1, "a": [1.5, None, True, "té\ud800", (1, (2, []))], 3: OrderedDict(deep=mg.ones(2)), "big": -2**200, "marked": marked,
           "tagged": t, "args": argparse.Namespace(a=1), "count": Counter("aab"), "z": 1j, "s": {1, 2}, "bytes": b"\xff",
           "dtype": mg.int16, "device": mg.device("cpu"), (1, "x"): (), "again": t, "inf": float("-inf")}
    found = to_torch(obj)
    assert list(found) == list(obj) and found["a"] == obj["a"] and type(found["a"][4]) is tuple and found["big"] == -2**200
    assert type(found["marked"]) is torch.nn.Parameter and found["marked"].is_bias and not found["marked"].requires_grad
    assert found["tagged"].tag == "x" and found["again"] is found["tagged"] and found["args"] == {"a": 1}
    assert found["count"] == Counter("aab") and type(found["count"]) is Counter and found["z"] == 1j and found["s"] == {1, 2}
    assert found["bytes"] == b"\xff" and found["dtype"] is torch.int16 and found["device"] == torch.device("cpu")
    assert type(found[3]) is OrderedDict and found[3]["deep"].tolist() == [1, 1]
    mg.save(obj, tmp_path / "x.pt")
    assert torch.load(tmp_path / "x.pt", mmap=True)["marked"].tolist() == [1, 1]


def test_numpys_objects_are_written_as_pytorch_writes_them():
    obj = {"a": np.arange(6.0).reshape(2, 3).T, "n": np.float64(0.5), "u": np.uint16(3), "e": np.zeros((0, 2), bool)}
    found = to_torch(obj, weights_only=False)
    for key, x in obj.items():
        assert type(found[key]) is type(x) and found[key].dtype == x.dtype and np.array_equal(found[key], x)
    with pytest.raises(Exception, match="weights_only"):
        to_torch(obj)


@pytest.mark.filterwarnings("ignore:TypedStorage is deprecated")
@pytest.mark.parametrize("make, name", [
    (lambda: torch.ones(1).bfloat16(), r"torch\.BFloat16Storage"), (lambda: torch.bfloat16, r"torch\.bfloat16"),
    (lambda: torch.nn.Linear(1, 1), r"torch\.nn\.modules\.linear\.Linear"), (lambda: torch.ones(1) + 1j, r"torch\.ComplexFloatStorage"),
    (lambda: torch.ones(1).to_sparse(), r"_rebuild_sparse_tensor"), (lambda: {"x": torch.ones(1).untyped_storage()}, "UntypedStorage"),
    (lambda: torch.ones(2, dtype=torch.uint16), "_rebuild_tensor_v3"), (lambda: torch.ones(1).storage(), "Storage"),
    (lambda: torch.device("cuda:0"), "'cuda'"), (lambda: [print], r"builtins\.print")])
def test_what_minigrad_has_not_is_refused_by_its_name(make, name):
    with pytest.raises(NotImplementedError, match=name):
        from_torch(make())


@pytest.mark.filterwarnings("ignore:.*torch.jit")
def test_pytorchs_other_formats_are_refused(tmp_path):
    with pytest.raises(RuntimeError, match="before 1.6: load and save it there once more"):
        from_torch(torch.ones(1), _use_new_zipfile_serialization=False)
    torch.jit.save(torch.jit.script(torch.nn.ReLU()), tmp_path / "script.pt")
    with pytest.raises(RuntimeError, match="TorchScript archive"):
        mg.load(tmp_path / "script.pt")
