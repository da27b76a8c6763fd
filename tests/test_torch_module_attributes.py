"""Modules as programs take them apart, beside PyTorch's: attributes, order, states with hooks, lists; skipped without torch."""
from collections import OrderedDict

import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")


def net(lib):
    """A module with everything: parameters, a shared one, buffers, modules, names that stand for None."""
    class Block(lib.nn.Module):
        def __init__(self):
            super().__init__()
            self.register_parameter("late", None)
            self.scale, self.plain, self.later = lib.nn.Parameter(lib.full((2,), 3.0)), None, None
            self.inner = lib.nn.Linear(2, 2, bias=False)
            self.register_buffer("seen", lib.zeros(2))
            self.register_buffer("hidden", lib.ones(1), persistent=False)
            self.register_buffer("nothing", None)
            self.norm = lib.nn.BatchNorm1d(2)
            self.again = self.inner
            self.later = lib.nn.Parameter(lib.zeros(1))
            self.late = lib.nn.Parameter(lib.ones(3))
            self.none = None

        def forward(self, x, *, times=1):
            return self.norm(self.inner(x)) * times
    module = Block()
    module.extra = module.scale
    return module


def names(things):
    return [name for name, _ in things]


CASES = {
    "parameters": lambda lib, m: names(m.named_parameters()),
    "all parameters": lambda lib, m: names(m.named_parameters(remove_duplicate=False)),
    "own parameters": lambda lib, m: names(m.named_parameters("net", recurse=False)),
    "buffers": lambda lib, m: names(m.named_buffers()),
    "modules": lambda lib, m: names(m.named_modules()),
    "modules with a memory": lambda lib, m: names(m.named_modules({m.norm}, "net")),
    "all modules": lambda lib, m: names(m.named_modules(remove_duplicate=False)),
    "children": lambda lib, m: names(m.named_children()),
    "state": lambda lib, m: list(m.state_dict()),
    "state with a prefix": lambda lib, m: list(m.state_dict(prefix="net.")),
    "state added to another": lambda lib, m: list(m.state_dict(OrderedDict(first=1), "net.", False)),
    "_parameters": lambda lib, m: [list(m._parameters), m._parameters["late"].tolist(), "plain" in m._parameters],
    "_modules": lambda lib, m: [list(m._modules.keys()), len(m._modules), m._modules["norm"] is m.norm, m._modules.get("x")],
    "_buffers": lambda lib, m: [n for n, b in m._buffers.items() if b is not None],
    "_non_persistent_buffers_set": lambda lib, m: m._non_persistent_buffers_set,
    "a bias that is not there": lambda lib, m: m.inner._parameters["bias"],
    "a module put into _modules": lambda lib, m: [m._modules.update(act=lib.nn.ReLU()), names(m.named_children()), type(m.act).__name__],
    "a module taken out of _modules": lambda lib, m: [m._modules.pop("norm") is not None, names(m.named_children()), hasattr(m, "norm")],
    "a parameter taken out": lambda lib, m: [m._parameters.pop("scale").tolist(), names(m.named_parameters())],
    "None, then another": lambda lib, m: [setattr(m, "scale", None), setattr(m, "extra", None), names(m.named_parameters()),
                                          setattr(m, "scale", lib.nn.Parameter(lib.ones(1))), names(m.named_parameters())],
    "deleted, then another": lambda lib, m: [delattr(m, "inner"), setattr(m, "inner", lib.nn.ReLU()), names(m.named_children())],
    "paths": lambda lib, m: [m.get_submodule("norm") is m.norm, m.get_parameter("inner.weight") is m.inner.weight,
                             m.get_buffer("norm.running_mean") is m.norm.running_mean, m.get_submodule("") is m],
    "another module at a path": lambda lib, m: [m.set_submodule("norm", lib.nn.Identity()), type(m.norm).__name__],
    "keywords": lambda lib, m: tuple(m(lib.ones(4, 2), times=2).shape),
    "halved": lambda lib, m: [str(t.dtype).removeprefix("torch.") for t in (m.half(), m)[1].state_dict().values()],
    "frozen": lambda lib, m: [p.requires_grad for p in m.requires_grad_(False).parameters()],
    "applied": lambda lib, m: [(said := []), m.apply(lambda x: said.append(type(x).__name__)) is m, said][1:],
    "attributes of parameters": lambda lib, m: [setattr(m.scale, "is_bias", True), [hasattr(p, "is_bias") for p in m.parameters()],
                                                setattr(lib.ones(2), "mark", 1)],
    "loaded": lambda lib, m: repr(m.load_state_dict(m.state_dict())),
    "loaded in part": lambda lib, m: repr(m.load_state_dict({"scale": lib.zeros(2), "odd": lib.ones(1)}, strict=False)),
    "kept variables": lambda lib, m: m.state_dict(keep_vars=True)["scale"] is m.scale,
    "extra_repr": lambda lib, m: [m.extra_repr(), m.inner.extra_repr()],
    "to_empty": lambda lib, m: m.to_empty(device="cpu") is m,
}


@pytest.mark.parametrize("case", CASES)
def test_taken_apart(case):
    assert CASES[case](mg, net(mg)) == CASES[case](torch, net(torch))


def test_assigned_tensors_take_their_places():
    def run(lib):
        layer, state = lib.nn.BatchNorm1d(2), {"weight": lib.full((2,), 7.0).double(), "bias": lib.nn.Parameter(lib.ones(2)),
                                               "running_mean": lib.ones(2), "running_var": lib.ones(2)}
        layer.bias.requires_grad_(False)
        said = repr(layer.load_state_dict(state, strict=False, assign=True))
        with pytest.raises(RuntimeError):
            layer.load_state_dict({"weight": lib.ones(3)}, strict=False, assign=True)
        return [said, layer.bias is state["bias"], layer.running_mean is state["running_mean"], str(layer.weight.dtype)[-7:],
                layer.weight.requires_grad, type(layer.weight).__name__, layer.weight.data_ptr() == state["weight"].data_ptr()]
    assert run(mg) == run(torch)


def test_hooks_around_states():
    def run(lib):
        said, m = [], lib.nn.Sequential(lib.nn.Linear(2, 2), lib.nn.Sequential(lib.nn.Linear(2, 1)))
        inner = m[1][0]
        inner.register_state_dict_pre_hook(lambda module, prefix, keep: said.append(("before saving", prefix, keep)))

        def saved(module, state, prefix, metadata):
            state[f"{prefix}w"] = state.pop(f"{prefix}weight")
        inner.register_state_dict_post_hook(saved)
        inner.register_load_state_dict_pre_hook(
            lambda module, state, prefix, metadata, strict, missing, unexpected, errors:
            state.update({f"{prefix}weight": state.pop(f"{prefix}w")}))
        m[0]._register_load_state_dict_pre_hook(lambda state, prefix, *rest: said.append((prefix, len(rest))))
        handle = m.register_load_state_dict_post_hook(lambda module, keys: said.append((type(module).__name__, list(keys.missing_keys))))
        state = m.state_dict()
        said += [sorted(state), repr(m.load_state_dict(state)), sorted(state)]
        handle.remove()
        m.load_state_dict(state)
        return said
    assert run(mg) == run(torch)


def test_a_module_that_saves_itself_in_another_way_is_refused():
    class Own(mg.nn.Linear):
        def _load_from_state_dict(self, *args):
            raise AssertionError
    for use in (lambda m: m.state_dict(), lambda m: m.load_state_dict({})):
        with pytest.raises(NotImplementedError, match="Own._load_from_state_dict"):
            use(mg.nn.Sequential(Own(2, 2)))


LISTS = {
    "insert": lambda nn, m: [m.insert(1, nn.Tanh()), m.insert(4, nn.ELU())] and None,
    "extend": lambda nn, m: m.extend([nn.Tanh(), nn.Sigmoid()]), "+=": lambda nn, m: m.__iadd__([nn.Tanh()]),
    "+": lambda nn, m: m + nn.ModuleList([nn.Tanh()]), "slice": lambda nn, m: m[1:], "reversed": lambda nn, m: m[::-1],
    "from the end": lambda nn, m: m[-1], "pop": lambda nn, m: m.pop(0), "append": lambda nn, m: m.append(nn.Tanh()),
    "set": lambda nn, m: m.__setitem__(-1, nn.Tanh()), "delete": lambda nn, m: m.__delitem__(0),
    "delete a slice": lambda nn, m: m.__delitem__(slice(0, 2)), "in": lambda nn, m: (m[0] in m, len(m), list(reversed(m))[0] is m[-1]),
    "out of range": lambda nn, m: m[7],
}


@pytest.mark.parametrize("change", LISTS)
def test_a_list_of_modules(change):
    def run(nn):
        m = nn.ModuleList([nn.ReLU(), nn.Linear(2, 2), nn.GELU()])
        try:
            out = LISTS[change](nn, m)
        except Exception as error:
            return type(error)
        shown = [type(x).__name__ for x in out] if isinstance(out, nn.ModuleList) else type(out).__name__
        return shown, [(name, type(x).__name__) for name, x in m.named_children()], out if isinstance(out, tuple) else None
    assert run(mg.nn) == run(torch.nn)


DICTS = {
    "update": lambda nn, d: d.update({"c": nn.Tanh(), "a": nn.Sigmoid()}), "update with pairs": lambda nn, d: d.update([("c", nn.Tanh())]),
    "pop": lambda nn, d: type(d.pop("a")).__name__, "clear": lambda nn, d: d.clear(), "in": lambda nn, d: ("a" in d, "z" in d),
    "keys": lambda nn, d: (list(d), list(d.keys()), len(d), [type(v).__name__ for v in d.values()]),
    "items": lambda nn, d: [(k, type(v).__name__) for k, v in d.items()], "delete": lambda nn, d: d.__delitem__("b"),
    "missing": lambda nn, d: d["z"],
}


@pytest.mark.parametrize("change", DICTS)
def test_a_dict_of_modules(change):
    def run(nn):
        d = nn.ModuleDict({"b": nn.ReLU(), "a": nn.Linear(2, 2)})
        try:
            out = DICTS[change](nn, d)
        except Exception as error:
            return type(error)
        return out, [(name, type(x).__name__) for name, x in d.named_children()]
    assert run(mg.nn) == run(torch.nn)


def test_lists_and_dicts_of_parameters():
    def run(lib):
        nn = lib.nn
        many = nn.ParameterList([lib.ones(2), nn.Parameter(lib.zeros(1))])
        many.append(lib.zeros(3))
        many += [lib.ones(1)]
        many[0] = lib.zeros(4)
        named = nn.ParameterDict({"b": lib.ones(2), "a": lib.zeros(1)})
        named["c"], old = lib.ones(3), named.pop("b")
        return [(n, tuple(p.shape)) for n, p in [*many.named_parameters(), *named.named_parameters()]], len(many), tuple(old.shape), [
            type(p).__name__ for p in many], "a" in named, list(named.keys())
    assert run(mg) == run(torch)


NORMS = [({"max_norm": 1.0}), ({"max_norm": 0.5, "norm_type": 1}), ({"max_norm": 0.1, "norm_type": float("inf")}), ({"max_norm": 100.0}),
         ({"max_norm": 1.0, "norm_type": 3, "foreach": True})]


@pytest.mark.parametrize("settings", NORMS, ids=str)
def test_clipped_gradients(settings):
    outs = []
    for lib in (mg, torch):
        params = [lib.ones(shape, dtype=lib.float64, requires_grad=True) for shape in ((3, 4), (4,), ())]
        params[0].grad, params[1].grad = (lib.tensor(np.random.default_rng(0).standard_normal(s)) for s in ((3, 4), (4,)))
        total = lib.nn.utils.clip_grad_norm_(iter(params), **settings)
        lib.nn.utils.clip_grad_value_(params, 0.2)
        outs.append([total.item(), params[0].grad.numpy(), params[1].grad.numpy(), params[2].grad is None,
                     lib.nn.utils.get_total_norm([p.grad for p in params[:2]], norm_type=settings.get("norm_type", 2)).item()])
    for mine, theirs in zip(*outs, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-12)
    for lib in (mg, torch):
        w = lib.ones(1, requires_grad=True)
        w.grad = lib.tensor([float("nan")])
        with pytest.raises(RuntimeError):
            lib.nn.utils.clip_grad_norm_(w, 1.0, error_if_nonfinite=True)
        assert lib.nn.utils.clip_grad_norm_([], 1.0).item() == 0 and np.isnan(lib.nn.utils.clip_grad_norm_(w, 1.0).item())
