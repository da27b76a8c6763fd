"""Views and changes in place: a change through one name changes the memory, and the history, of all of them."""
import gc
import sys
import weakref

import numpy as np
import pytest

import minigrad as mg


def leaf(*data):
    return mg.tensor(data, dtype=mg.float64, requires_grad=True)


def slopes(out, *leaves):
    found = mg.autograd.grad(out.sum(), leaves, allow_unused=True, retain_graph=True)
    return [None if g is None else g.tolist() for g in found]


# Buffers that are filled

def test_a_plain_buffer_filled_number_by_number():
    x, d = leaf(1.0, 2.0, 3.0), mg.zeros(3)
    for k in range(3):
        d[k] += x[k] * (k + 1)
    assert d.tolist() == [1, 4, 9] and d.requires_grad and not d.is_leaf and d.dtype == mg.float32
    assert slopes(d, x) == [[1, 2, 3]]
    assert slopes(d * d, x) == [[2 * 1 * 1, 2 * 4 * 2, 2 * 9 * 3]]


def test_a_buffer_filled_row_by_row():
    w, rows = leaf([1.0, 2.0], [3.0, 4.0]), mg.zeros(3, 2, dtype=mg.float64)
    for t in range(3):
        rows[t] = w[t % 2] * 10 ** t
    assert rows.tolist() == [[1, 2], [30, 40], [100, 200]]
    rows.sum().backward()
    assert w.grad.tolist() == [[101, 101], [10, 10]]


def test_each_row_from_the_row_before():
    """A recurrent state kept in one array, as h[t + 1] = h[t] * w."""
    w, h = leaf(0.5), mg.zeros(4, 1, dtype=mg.float64)
    h[0] = 1.0
    for t in range(3):
        h[t + 1] = h[t].clone() * w                      # the row that `mul` needs must stay, as in PyTorch
    assert h[:, 0].tolist() == [1, 0.5, 0.25, 0.125]
    assert slopes(h[3], w) == [[pytest.approx(3 * 0.5 ** 2)]]


def test_columns_that_are_added_to_in_a_loop():
    w, t = leaf([1.0, 2.0, 3.0], [4.0, 5.0, 6.0]), leaf(10.0, 20.0)
    z = w * 2
    for i in range(3):
        z[:, i] += t
    assert z.tolist() == [[12, 14, 16], [28, 30, 32]]
    assert slopes(z, w, t) == [[[2, 2, 2], [2, 2, 2]], [3, 3]]


def test_some_columns_scaled():
    w, c = leaf([1.0, 2.0, 3.0]), mg.tensor(5.0, dtype=mg.float64)
    y = w * 1
    y[..., :2] *= c
    y[0, 2] -= 1
    assert y.tolist() == [[5, 10, 2]] and slopes(y, w) == [[[5, 5, 1]]]


def test_backprop_by_hand_into_a_buffer():
    """Karpathy's exercise: the gradient of an embedding, added up word by word."""
    words, table = [0, 2, 0], leaf([1.0, 1.0], [2.0, 2.0], [3.0, 3.0])
    found, up = mg.zeros(3, 2), table[words] * mg.tensor([[1.0], [2.0], [3.0]], dtype=mg.float64)
    for k, word in enumerate(words):
        found[word] += up[k]
    assert found.tolist() == [[4, 4], [0, 0], [6, 6]]
    found.sum().backward()
    assert table.grad.tolist() == [[4, 4], [0, 0], [2, 2]]


# Views and their base

def test_an_old_view_sees_the_change_of_its_base_and_its_history():
    w, v = leaf([1.0, 2.0], [3.0, 4.0]), leaf(10.0, 20.0)
    y = w * 2
    row, column = y[0], y.T[1]
    y += v
    assert row.tolist() == [12, 24] and column.tolist() == [24, 28]
    assert slopes(row, w, v) == [[[2, 2], [0, 0]], [1, 1]]
    assert slopes(column, w, v) == [[[0, 2], [0, 2]], [0, 2]]


def test_a_change_through_a_view_is_part_of_its_bases_history():
    w, v = leaf([1.0, 2.0], [3.0, 4.0]), leaf(10.0, 20.0)
    y = w * 2
    first, second = y[0], y[1]
    first *= v
    second.zero_()
    assert y.tolist() == [[20, 80], [0, 0]]
    assert slopes(y, w, v) == [[[20, 40], [0, 0]], [2, 4]]
    assert slopes(second, w) == [[[0, 0], [0, 0]]] and slopes(first, w) == [[[20, 40], [0, 0]]]


def test_a_view_of_a_view_reaches_the_base():
    w = leaf([1.0, 2.0, 3.0], [4.0, 5.0, 6.0])
    y = w * 1
    y.reshape(-1)[1:].reshape(5, 1).T.mul_(2).squeeze(0)[0:2] += 100
    assert y.tolist() == [[1, 104, 106], [8, 10, 12]] and slopes(y, w) == [[[1, 2, 2], [2, 2, 2]]]


def test_a_plain_tensor_gets_a_history_and_so_do_its_views():
    v, y = leaf(1.0, 2.0), mg.zeros(2, 2, dtype=mg.float64)
    before, other = y[0], y[1]
    y[0] += v
    for t in (y, before, other, y.T):
        assert t.requires_grad and not t.is_leaf
    assert slopes(before, v) == [[1, 1]] and slopes(other, v) == [[0, 0]]


def test_what_was_made_before_the_change_keeps_its_own_history():
    w, v = leaf(1.0, 2.0), leaf(3.0, 4.0)
    y = w * 2
    early = y + 1
    y += v
    late = y * 3
    assert slopes(early, w, v) == [[2, 2], None]
    assert slopes(late, w, v) == [[6, 6], [3, 3]]
    assert slopes(early * late, w, v) == [[2 * 15 + 6 * 3, 2 * 24 + 6 * 5], [9, 15]]


def test_a_graph_in_between_is_left_alone():
    w, v, u = leaf(1.0, 2.0), leaf(3.0, 4.0), leaf(5.0, 6.0)
    y = w * 2
    y[0] += v[0]
    z = (u * v).sum()
    y[1] += v[1]
    assert slopes(z, u, v) == [[3, 4], [5, 6]]
    assert slopes(y, w, v) == [[2, 2], [1, 1]]
    assert slopes(z + y.sum(), u, v, w) == [[3, 4], [6, 7], [2, 2]]


def test_a_change_under_no_grad_is_a_change_of_the_numbers_alone():
    w = leaf(1.0, 2.0)
    y = w * 2
    row = y[:1]
    with mg.no_grad():
        y *= 10
    assert row.tolist() == [20] and slopes(y, w) == [[2, 2]] and slopes(row, w) == [[2, 0]]


def test_detach_cuts_the_history_and_shares_the_numbers():
    w, v = leaf(1.0, 2.0), leaf(3.0, 4.0)
    y = w * 2
    cut = y.detach()
    cut += v
    assert y.tolist() == [5, 8] and slopes(y, w, v) == [[2, 2], None] and slopes(cut, w, v) == [None, [1, 1]]


def test_two_names_for_one_tensor():
    w, v = leaf(1.0, 2.0), leaf(3.0, 4.0)
    y = z = w * 2
    z += v
    assert y is z and slopes(y, w, v) == [[2, 2], [1, 1]]


def test_hooks_and_kept_gradients_belong_to_the_tensor_as_it_is():
    w, seen = leaf(1.0, 2.0), []
    y = w * 2
    y.retain_grad()
    y *= 3
    y.register_hook(lambda g: seen.append(g.tolist()))
    (y * y).sum().backward()
    assert y.grad.tolist() == [12, 24] == seen[0] and w.grad.tolist() == [72, 144]


def test_gradients_of_gradients_go_through_a_view():
    x = leaf(1.0, 2.0)
    y = x * x
    head = y[:1]
    head *= x[1]
    g, = mg.autograd.grad((y * y).sum(), x, create_graph=True)     # y = (x0² x1, x1²)
    assert g.tolist() == [4 * 1 * 4, 2 * 1 * 2 + 4 * 8]
    assert slopes(g, x) == [[12 * 4 + 8 * 2, 8 * 2 + 2 + 12 * 4]]


# Stale values: refused where a rule reads them, and only there

READ = {
    "mul": lambda y, w: y * w,
    "its result": lambda y, w: y.exp(),
    "sin": lambda y, w: y.sin(),
    "div": lambda y, w: w / y,
    "matmul": lambda y, w: y @ w,
    "relu": lambda y, w: y.relu(),
    "softmax": lambda y, w: y.softmax(-1),
}


@pytest.mark.parametrize("use", [use for name, use in READ.items() if name not in ("its result", "relu", "softmax")],
                         ids=[name for name in READ if name not in ("its result", "relu", "softmax")])
@pytest.mark.parametrize("change", [
    lambda y: y.add_(1.0), lambda y: y.zero_(), lambda y: y[0].zero_(), lambda y: y.detach().add_(1.0),
    lambda y: y.__setitem__(0, 0.0), lambda y: y.view(-1)[:1].mul_(2.0)],
    ids="add_ zero_ row detached assigned view-of-a-view".split())
def test_a_value_that_a_rule_reads_must_not_change(use, change):
    w = leaf(1.0, 2.0)
    y = w * 2
    q = use(y, w)
    change(y)
    with pytest.raises(RuntimeError, match="changed in place"):
        q.sum().backward()


@pytest.mark.parametrize("use", [READ["its result"], READ["relu"], READ["softmax"]], ids=["exp", "relu", "softmax"])
def test_nor_may_a_result_that_its_rule_reads(use):
    w = leaf(1.0, 2.0)
    q = use(w * 2, w)
    q.detach().add_(1.0)
    with pytest.raises(RuntimeError, match="changed in place"):
        q.sum().backward()


@pytest.mark.parametrize("use, slope", [
    (lambda y, w: y + w, 3), (lambda y, w: y - w, 1), (lambda y, w: y * 3.0, 6), (lambda y, w: -y, -2),
    (lambda y, w: y.sum() + 0 * w, 4), (lambda y, w: y.reshape(1, 2).T.clone(), 2), (lambda y, w: mg.cat([y, w]), 3),
    (lambda y, w: y[[1, 0]], 2), (lambda y, w: y.mean() * w, 4), (lambda y, w: mg.where(w > 0, y, 0.0), 2),
    (lambda y, w: y / 2.0, 1), (lambda y, w: mg.stack([y, y]), 4), (lambda y, w: y.double() + 1, 2)])
def test_a_value_that_no_rule_reads_may_change(use, slope):
    w = leaf(1.0, 1.0)
    y = w * 2
    q = use(y, w).sum()
    y += 1.0
    y[0] = 7.0
    assert slopes(q, w) == [[slope, slope]]


def test_a_fresh_use_after_the_change_is_fine():
    w = leaf(1.0, 2.0)
    y = w * 2
    y += 1
    assert slopes(y * y, w) == [[12, 20]]


# Leaves

@pytest.mark.parametrize("change", [
    lambda w: w.add_(1.0), lambda w: w.zero_(), lambda w: w.__setitem__(0, 1.0), lambda w: w[0].add_(1.0),
    lambda w: w.view(-1).mul_(2.0), lambda w: w.T[:1].tanh_(), lambda w: w.fill_(0.0),
    lambda w: w.reshape(1, 4)[0, :2].copy_(mg.zeros(2, dtype=mg.float64))])
def test_leaves_and_their_views_refuse(change):
    w = leaf([1.0, 2.0], [3.0, 4.0])
    with pytest.raises(RuntimeError, match="leaf"):
        change(w)
    assert w.tolist() == [[1, 2], [3, 4]] and w.is_leaf and w.requires_grad
    with mg.no_grad():
        change(w)
    assert w.tolist() != [[1, 2], [3, 4]] and w.is_leaf and w.requires_grad


def test_a_leaf_that_needs_no_gradient_does_not():
    w = mg.zeros(2, 2)
    w[0].add_(1.0).mul_(2.0)
    assert w.tolist() == [[2, 2], [0, 0]] and w.is_leaf


def test_a_detached_leaf_may_change():
    w = leaf(1.0, 2.0)
    w.detach()[0] = 5.0
    assert w.tolist() == [5, 2] and w.is_leaf


def test_an_expanded_tensor_has_no_places_of_its_own():
    e = (leaf(1.0, 2.0) * 1).expand(3, 2)
    with pytest.raises(RuntimeError):
        e += 1
    with pytest.raises(RuntimeError):
        mg.ones(2).expand(3, 2).mul_(2)


def test_what_does_not_fit_changes_nothing():
    w = leaf(1.0, 2.0)
    y = w * 1
    for change in (lambda: y.add_(mg.ones(3, 2)), lambda: y.__setitem__(0, mg.ones(5)), lambda: y.copy_(mg.ones(3)),
                   lambda: mg.tensor([1, 2]).add_(w)):
        with pytest.raises(RuntimeError):
            change()
    assert y.tolist() == [1, 2] and slopes(y * y, w) == [[2, 4]]


# What a change leaves behind: nothing

def calls(function):
    """How many calls, of Python's functions and of C's, running it takes."""
    count = 0

    def listen(frame, event, argument):
        nonlocal count
        count += event in ("call", "c_call")
    sys.setprofile(listen)
    try:
        function()
    finally:
        sys.setprofile(None)
    return count


def chain():
    x = leaf(1.0, 2.0)
    y = x
    for i in range(100):
        y = y * 0.5 + x
    y.sum().backward()


def test_operations_after_a_recorded_change_cost_what_they_cost_before():
    chain()
    before = calls(chain)
    w = leaf(1.0, 2.0)
    y = w * 2
    y[0] += w[1]
    y += w
    assert calls(chain) <= before + 5                    # while the changed tensor lives
    del w, y
    assert calls(chain) <= before + 5


CONTAINERS = dict, list, set, weakref.WeakKeyDictionary, weakref.WeakValueDictionary


def state():
    """How many things the modules of the package hold in dicts, lists and sets of their own."""
    found = {}
    for name, module in sorted(sys.modules.items()):
        if name.partition(".")[0] == "minigrad":
            for key, thing in vars(module).items():
                if isinstance(thing, CONTAINERS) and not key.startswith("__"):
                    found[f"{name}.{key}"] = len(thing)
    return found


def test_changes_leave_no_state_behind():
    def work():
        w = leaf([1.0, 2.0], [3.0, 4.0])
        y = w * 2
        row = y[0]
        row += w[1]
        y.T[0] *= 3
        with mg.no_grad():
            w += 1
        (y * row).sum()

    work()
    before = state()
    for _ in range(50):
        work()
    assert state() == before


def test_reference_counts_alone_free_what_was_changed_and_its_views():
    gc.collect()
    gc.disable()
    try:
        w, v = leaf([1.0, 2.0], [3.0, 4.0]), leaf(1.0, 2.0)
        y = w * 2
        row = y[0]
        row += v
        y *= 3
        late = y.T[1] * 1
        things = [weakref.ref(x) for x in (y, row, late, y.value, late.value)]
        del y, row, late
        assert [thing() for thing in things] == [None] * 5
        z = w * 2
        view = z[0]
        view += v
        things = [weakref.ref(z), weakref.ref(view)]
        (z * 1).sum().backward()
        del z, view
        assert [thing() for thing in things] == [None] * 2
    finally:
        gc.enable()


def test_a_long_chain_of_changes_is_walked_without_recursion():
    w = leaf(1.0, 2.0)
    y = w * 1
    head = y[:1]
    for i in range(3000):
        head += w[1] if i % 2 else 1.0
    assert slopes(y, w) == [[1, 1501]]
    del y, head


def test_numbers_shared_with_numpy_are_the_same_memory():
    array = np.zeros(3)
    t = mg.from_numpy(array)
    t[1:] += 2
    assert array.tolist() == [0, 2, 2]
