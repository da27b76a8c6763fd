"""Hooks on tensors and on modules: PyTorch's behaviour, and nothing left behind."""
import copy
import pickle

import pytest

import minigrad as mg
from minigrad import nn


def leafy(*numbers):
    return mg.tensor([float(n) for n in numbers], requires_grad=True)


# On tensors

def test_a_hook_sees_the_complete_gradient_once():
    a, seen = leafy(1, 2), []
    b = a * 2
    b.register_hook(lambda g: seen.append(g.tolist()))
    (b + b * b).sum().backward()
    assert seen == [[5, 9]] and a.grad.tolist() == [10, 18]


def test_hooks_replace_in_order_and_retain_grad_sees_the_last_one():
    a = leafy(1, 2)
    b = a * 2
    b.retain_grad()
    b.register_hook(lambda g: g + 1)
    b.register_hook(lambda g: g * 10)
    b.sum().backward()
    assert b.grad.tolist() == [20, 20] and a.grad.tolist() == [40, 40]


def test_a_leaf_s_hook_changes_what_is_stored_and_what_grad_returns():
    a = leafy(1)
    a.register_hook(lambda g: -g)
    (3 * a).sum().backward()
    assert a.grad.tolist() == [-3]
    assert mg.autograd.grad((3 * a).sum(), a)[0].tolist() == [-3]


def test_a_handle_takes_away_its_own_hook_only_and_twice_does_no_harm():
    a, seen = leafy(1), []
    first, second = (a.register_hook(lambda g, i=i: seen.append(i)) for i in (1, 2))
    first.remove()
    first.remove()
    a.sum().backward()
    with a.register_hook(lambda g: seen.append(3)):
        a.sum().backward()
    a.sum().backward()
    assert seen == [2, 2, 3, 2] and second is not None


def test_a_hook_may_write_into_what_it_gets_without_hurting_others():
    a, b = leafy(1), leafy(1)
    a.register_hook(lambda g: g.zero_())                 # `add` hands the same array to both
    (a + b).sum().backward()
    assert a.grad.tolist() == [0] and b.grad.tolist() == [1]


def test_a_hook_is_part_of_a_graph_of_the_gradient():
    a = leafy(3)
    a.register_hook(lambda g: g * g)                     # (3a²)², whose slope is 36 a³
    first, = mg.autograd.grad((a ** 3).sum(), a, create_graph=True)
    a.node.hooks.clear()
    assert mg.autograd.grad(first.sum(), a)[0].tolist() == [36 * 27]


@pytest.mark.parametrize("answer, got", [(mg.ones(3), r"shape torch.Size\(\[3\]\)"), (mg.ones(2).double(), "float64"), (1.0, "float")])
def test_a_wrong_answer_of_a_hook_is_refused(answer, got):
    a = leafy(1, 2)
    a.register_hook(lambda g: answer)
    with pytest.raises(RuntimeError, match=got):
        a.sum().backward()


def test_where_no_gradient_comes_by_no_hook_is_taken():
    with pytest.raises(RuntimeError, match="does not require grad"):
        mg.ones(2).register_hook(print)
    with pytest.raises(TypeError, match="expected a function"):
        leafy(1).register_hook(None)


def test_a_copy_has_no_hooks():
    a = leafy(1)
    a.name = "a"
    a.register_hook(lambda g: g * 100)
    for other in (copy.deepcopy(a), pickle.loads(pickle.dumps(a))):
        other.sum().backward()
        assert other.grad.tolist() == [1] and other.name == "a"


# On modules

class Add(nn.Module):
    def forward(self, x, y, *, scale=1.0):
        return x + y * scale, x * y


def test_forward_hooks_see_and_replace_in_order():
    layer, seen = nn.Identity(), []
    layer.register_forward_pre_hook(lambda m, args: seen.append(("in", args[0].tolist())) or args[0] + 1)
    layer.register_forward_hook(lambda m, args, out: seen.append(("out", args[0].tolist(), out.tolist())) or out * 10)
    assert layer(mg.tensor([1.])).tolist() == [20]
    assert seen == [("in", [1]), ("out", [2], [2])]


def test_hooks_with_keywords_and_in_front():
    layer, order = Add(), []
    layer.register_forward_hook(lambda m, args, kwargs, out: order.append(kwargs), with_kwargs=True)
    layer.register_forward_hook(lambda m, args, out: order.append("first"), prepend=True)
    layer.register_forward_pre_hook(lambda m, args, kwargs: (args, {"scale": 3.0}), with_kwargs=True)
    assert layer(mg.ones(1), mg.ones(1), scale=2.0)[0].tolist() == [4]
    assert order == ["first", {"scale": 3.0}]


def test_wrong_answers_of_module_hooks_are_refused():
    layer = nn.Linear(2, 2)
    layer.register_forward_pre_hook(lambda m, args, kwargs: args, with_kwargs=True)
    with pytest.raises(RuntimeError, match="the new .args, kwargs."):
        layer(mg.ones(2))
    with pytest.raises(TypeError, match="Linear.register_forward_hook: expected a function"):
        layer.register_forward_hook(3)


def test_a_graph_with_hooks_is_freed_without_the_garbage_collector():
    import gc
    import weakref
    layer, x = nn.Linear(2, 2), mg.ones(2, requires_grad=True)
    layer.register_forward_hook(lambda m, args, out: None)
    gc.disable()
    try:
        out = layer(x)
        out.register_hook(lambda g: None)
        alive = weakref.ref(out)
        out.sum().backward()
        del out
        assert alive() is None
    finally:
        gc.enable()


def test_a_hook_stays_with_what_the_tensor_was_before_a_change_in_place():
    x, seen = leafy(1, 2), []
    h = x * 2
    h.register_hook(lambda grad: seen.append(("before", grad.tolist())))
    h.mul_(3)
    h.register_hook(lambda grad: seen.append(("after", grad.tolist())))
    h.retain_grad()
    (h * h).sum().backward()
    assert seen == [("after", [12, 24]), ("before", [36, 72])]                 # PyTorch's answers
    assert h.grad.tolist() == [12, 24] and x.grad.tolist() == [72, 144]


def test_what_a_hook_has_seen_or_returned_stays_as_it_was():
    x, mine, seen = mg.ones(2, requires_grad=True), mg.tensor([5.0, 5.0]), []
    x.register_hook(lambda g: seen.append(g))
    y = mg.ones(2, requires_grad=True)
    y.register_hook(lambda g: mine)
    for _ in range(3):                                       # .grad adds up in place
        (x * y * 3).sum().backward()
    assert [g.tolist() for g in seen] == [[3, 3]] * 3 and mine.tolist() == [5, 5]
    assert x.grad.tolist() == [9, 9] and y.grad.tolist() == [15, 15]


def test_nobody_shares_a_gradient_with_a_leaf():
    a, b = mg.ones(2, requires_grad=True), mg.ones(2, requires_grad=True)
    seed = mg.tensor([1.0, 2.0])
    total = a + b                                            # `add` hands one array to both
    total.retain_grad()
    for _ in range(2):
        total = a + b
        total.retain_grad()
        total.backward(seed)
    a.grad.mul_(10)
    assert (a.grad.tolist(), b.grad.tolist(), total.grad.tolist(), seed.tolist()) == ([20, 40], [2, 4], [1, 2], [1, 2])
    x = mg.ones(2, 2, requires_grad=True)
    first, = mg.autograd.grad(x.reshape(4).sum() * 1.0, x)
    first.add_(1)
    assert first.tolist() == [[2, 2], [2, 2]] and x.grad is None
