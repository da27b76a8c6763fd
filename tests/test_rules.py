"""Operations are pure: a forward is a function of its inputs, settings are plain values, and each rule is tried alone.

So every node can be replayed, checked, and drawn after backward.
"""
import importlib
import inspect
import pkgutil

import numpy as np
import pytest
from cases import ADJOINTS, CASES

import minigrad as mg
from minigrad.autograd import gradcheck
from minigrad.gradcheck import GradcheckError
from minigrad.graph import primitive
from minigrad.nn import functional as F

ALL = CASES + ADJOINTS


# What there is

def modules():
    skipped = ("minigrad.course", "minigrad.viz")
    return [importlib.import_module(found.name) for found in pkgutil.walk_packages(mg.__path__, "minigrad.")
            if not found.name.startswith(skipped)]


def primitives():
    """Every operation of the package: what a module holds that has rules and a forward."""
    found = [getattr(thing, "op", thing) for module in modules() for thing in vars(module).values() if callable(thing)]
    return {id(op): op for op in found if hasattr(op, "rules") and hasattr(op, "forward")}.values()


def inside(t):
    """The vertex of the graph that a tensor stands for."""
    return getattr(t, "node", t)


def recorded(outs):
    """Every recorded vertex behind some tensors, each once."""
    found, stack = {}, [inside(out) for out in outs]
    while stack:
        node = stack.pop()
        if id(node) not in found and getattr(node, "op", None) is not None:
            found[id(node)] = node
            stack += [inside(x) for x in node.inputs if hasattr(x, "tracked")]
    return list(found.values())


def vertices(case):
    xs = [mg.tensor(x, requires_grad=True) for x in case.inputs()]
    out = case.function(mg, *xs)
    return recorded(out if isinstance(out, tuple) else (out,)), xs, out


def forward(node, arrays):
    """What the operation gives, without what it keeps for its rules."""
    out = node.op.forward(*arrays, **node.settings)
    return np.asarray(out[0] if isinstance(out, tuple) else out)


# Purity

@pytest.mark.parametrize("case", ALL, ids=str)
def test_a_node_can_be_replayed_and_leaves_its_inputs_alone(case):
    nodes, *_ = vertices(case)
    assert nodes
    for node in nodes:
        if mg.changes.changed_since(node.value, node.born):            # its numbers are gone
            continue
        before = [np.array(x) for x in node.arrays]
        first, second = forward(node, node.arrays), forward(node, node.arrays)
        np.testing.assert_array_equal(first, second, err_msg=node.op.__name__)
        np.testing.assert_array_equal(first, node.value, err_msg=node.op.__name__)
        for x, old in zip(node.arrays, before):
            np.testing.assert_array_equal(x, old, err_msg=f"an input of {node.op.__name__}")


@pytest.mark.parametrize("case", ALL, ids=str)
def test_a_forward_depends_on_each_input_whose_rule_says_so(case):
    rng = np.random.default_rng(0)
    nodes, *kept = vertices(case)
    for node in nodes:
        pulls = iter(node.local_gradients)
        for i, (x, rule) in enumerate(zip(node.inputs, node.op.rules)):
            if not hasattr(x, "tracked") or rule is None:
                continue
            _, _, pull = next(pulls)
            slope = np.asarray(mg.graph.raw(pull(rng.standard_normal(node.value.shape))))
            if not slope.any() or node.arrays[i].dtype.kind != "f":            # such as floor
                continue
            nudged = [*node.arrays[:i], node.arrays[i] + 1e-4 * np.sign(slope), *node.arrays[i + 1:]]
            assert (forward(node, nudged) != node.value).any(), f"{node.op.__name__} does not look at its input {i}"


def arrays_in(setting, name):
    """(name, array) for each array in a setting, however deep."""
    if isinstance(setting, np.ndarray):
        yield name, setting
    elif isinstance(setting, dict):
        for key, x in setting.items():
            yield from arrays_in(x, f"{name}.{key}")
    elif isinstance(setting, (list, tuple, set)):
        for x in setting:
            yield from arrays_in(x, name)
    elif hasattr(setting, "value") and isinstance(setting.value, np.ndarray):
        yield name, setting.value


@pytest.mark.parametrize("case", ALL, ids=str)
def test_settings_are_plain_values(case):
    nodes, *kept = vertices(case)
    for node in nodes:
        assert "made" not in node.settings, node.op.__name__
        for name, setting in node.settings.items():
            for where, array in arrays_in(setting, name):
                assert where == "index" and array.dtype.kind in "iub", (
                    f"{node.op.__name__} has an array of dtype {array.dtype} in the setting {where!r}: "
                    "pass it as an input without a rule, or let forward give it (saves=True)")


def test_no_forward_and_no_rule_asks_for_what_was_made_before():
    for op in primitives():
        rules = [] if not op.rules else [op.rules.rule] if hasattr(op.rules, "rule") else op.rules
        for function in (op.forward, *rules):
            try:
                known = inspect.signature(function).parameters
            except (TypeError, ValueError):                                     # one of numpy's own
                continue
            assert "made" not in known, f"{op.__name__}: {function}"


def test_there_are_as_many_operations_as_the_table_says():
    names = {op.__name__ for op in primitives()}
    assert {"add", "cross_entropy", "layer_norm", "max_pool2d", "setitem", *(case.op for case in ALL)} <= names
    assert len(names) > 100


# A wrong rule is found wherever it stands

wrong = primitive(np.square, lambda g, out, x: g * x, name="wrong_square")       # the 2 is missing


def numbers(*shape, seed=0, positive=False):
    x = np.random.default_rng(seed).standard_normal(shape)
    return mg.tensor(np.abs(x) + 0.5 if positive else x, dtype=mg.float64, requires_grad=True)


def weights(*shape):
    return numbers(*shape, seed=1)


FUSED = {
    "cross_entropy": (lambda x: F.cross_entropy(x, mg.tensor([0, 2])), (2, 3)),
    "cross_entropy, none": (lambda x: F.cross_entropy(x, mg.tensor([0, 2]), reduction="none"), (2, 3)),
    "cross_entropy, smooth": (lambda x: F.cross_entropy(x, mg.tensor([0, 2]), label_smoothing=0.1), (2, 3)),
    "nll_loss": (lambda x: F.nll_loss(x, mg.tensor([0, 2])), (2, 3)),
    "layer_norm": (lambda x: F.layer_norm(x, (4,), weights(4), weights(4)), (3, 4)),
    "layer_norm, plain": (lambda x: F.layer_norm(x, (4,)), (3, 4)),
    "batch_norm": (lambda x: F.batch_norm(x, None, None, weights(3), weights(3), training=True), (4, 3)),
    "batch_norm, plain": (lambda x: F.batch_norm(x, None, None, training=True), (4, 3)),
    "group_norm": (lambda x: F.group_norm(x, 2, weights(4), weights(4)), (2, 4, 3)),
    "gelu": (lambda x: F.gelu(x), (2, 3)),
    "gelu, tanh": (lambda x: F.gelu(x, approximate="tanh"), (2, 3)),
    "softmax": (lambda x: F.softmax(x, dim=-1), (2, 3)),
    "log_softmax": (lambda x: F.log_softmax(x, dim=-1), (2, 3)),
    "logsumexp": (lambda x: mg.logsumexp(x, dim=-1), (2, 3)),
    "max_pool2d": (lambda x: F.max_pool2d(x, 2), (1, 2, 4, 4)),
    "max_pool2d, overlapping": (lambda x: F.max_pool2d(x, 3, stride=1), (1, 1, 4, 4)),
    "conv2d": (lambda x: F.conv2d(x, weights(2, 1, 2, 2), weights(2)), (1, 1, 4, 4)),
    "linear": (lambda x: F.linear(x, weights(2, 3), weights(2)), (2, 3)),
    "attention": (lambda x: F.scaled_dot_product_attention(x, x, x), (2, 3)),
    "embedding": (lambda x: F.embedding(mg.tensor([1, 0, 1]), x), (2, 3)),
    "relu": (lambda x: F.relu(x), (2, 3)),
    "where": (lambda x: mg.where(x > 0, x, x * 2), (2, 3)),
    "clamp": (lambda x: x.clamp(-0.5, 0.5) + x, (2, 3)),
    "max": (lambda x: x.max(dim=1).values, (2, 3)),
    "binary": (lambda x: F.binary_cross_entropy_with_logits(x, mg.ones(2, 3, dtype=mg.float64)), (2, 3)),
    "norm": (lambda x: mg.linalg.vector_norm(x, dim=1), (2, 3)),
    "assignment": (lambda x: filled(x), (2, 3)),
}


def filled(x):
    rows = mg.zeros(2, 3, dtype=mg.float64)
    rows[0] = x[1]
    rows[1] = x[0] * 2
    return rows


def caught(function, x):
    with pytest.raises(GradcheckError) as error:
        gradcheck(function, [x])
    return str(error.value).splitlines()[0]


@pytest.mark.parametrize("fused, shape", FUSED.values(), ids=FUSED.keys())
def test_gradcheck_blames_the_wrong_rule_and_not_the_fused_one_before_it(fused, shape):
    assert gradcheck(fused, [numbers(*shape)])
    assert caught(lambda x: wrong(fused(x) + 1), numbers(*shape)).startswith("gradcheck of 'wrong_square'")


@pytest.mark.parametrize("fused, shape", FUSED.values(), ids=FUSED.keys())
def test_nor_the_fused_one_behind_it(fused, shape):
    assert caught(lambda x: fused(wrong(x)), numbers(*shape, positive=True)).startswith("gradcheck of 'wrong_square'")


@pytest.mark.parametrize("name", ["linear", "conv2d", "layer_norm", "batch_norm"])
def test_a_wrong_weight_is_found_behind_the_fused_one(name):
    x = {"linear": (2, 3), "conv2d": (1, 1, 4, 4), "layer_norm": (3, 4), "batch_norm": (4, 3)}[name]
    w = {"linear": (2, 3), "conv2d": (2, 1, 2, 2), "layer_norm": (4,), "batch_norm": (3,)}[name]
    call = {"linear": lambda x, w: F.linear(x, w), "conv2d": lambda x, w: F.conv2d(x, w),
            "layer_norm": lambda x, w: F.layer_norm(x, w.shape, w, w),
            "batch_norm": lambda x, w: F.batch_norm(x, None, None, w, w, training=True)}[name]
    data = numbers(*x, seed=2).detach()
    assert caught(lambda w: call(data, wrong(w)), numbers(*w)).startswith("gradcheck of 'wrong_square'")
    assert caught(lambda w: wrong(call(data, w)), numbers(*w)).startswith("gradcheck of 'wrong_square'")


def test_a_case_of_the_table_behind_which_a_rule_is_wrong():
    """Whatever operation stands before it: the first output of every case of the table."""
    missed = []
    for case in CASES:
        if case.op in ("cholesky", "eigh"):               # its rule knows that the matrix is symmetric, a nudge does not
            continue
        def function(*xs, case=case):
            out = case.function(mg, *xs)
            return wrong((out[0] if isinstance(out, tuple) else out) + 1)
        xs = [mg.tensor(x, dtype=mg.float64, requires_grad=True) for x in case.inputs()]
        try:
            gradcheck(function, xs)
        except GradcheckError as error:
            if not str(error).startswith("gradcheck of 'wrong_square'"):
                missed.append(f"{case}: {str(error)[:60]}")
    assert not missed, "\n".join(missed)
