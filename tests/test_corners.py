"""Places where a comparison with PyTorch once found a difference: values and gradients as PyTorch gives them."""
import math
import weakref

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn
from minigrad.nn import functional as F


def slope(function, data):
    x = mg.tensor(data, requires_grad=True)
    function(x).sum().backward()
    return x.grad.tolist()


def test_sigmoid_keeps_small_values():
    x = mg.tensor([-18.0, -20.0, -90.0])
    np.testing.assert_allclose(mg.sigmoid(x).numpy(), 1 / (1 + np.exp(-x.numpy().astype(float))), rtol=1e-5, atol=1e-37)
    assert slope(lambda x: mg.sigmoid(x).log(), [-18.0, -20.0]) == pytest.approx([1, 1])


def test_no_gradient_flows_through_whole_numbers():
    assert slope(lambda w: w.long() * w, [1.5, 2.5]) == [1, 2]
    assert not mg.ones(2, requires_grad=True).bool().requires_grad


def test_a_masked_gradient_is_zero_even_where_it_would_be_infinite():
    assert slope(lambda x: x.relu().sqrt(), [-1.0, 0.0, 4.0]) == [0, 0, 0.25]
    assert slope(lambda x: x.clamp(min=0).sqrt(), [-1.0, 4.0]) == [0, 0.25]
    assert slope(lambda x: x.max(), [1.0, math.nan, 2.0]) == [0, 1, 0]
    assert slope(lambda x: x.relu(), [math.nan]) == [1]


def test_std_of_what_does_not_vary():
    assert slope(lambda x: (x - x.mean(0)) / (x.std(0) + 1e-5), np.ones((4, 3), np.float32)) == [[0] * 3] * 4


@pytest.mark.parametrize("shape, axis", [((200_000, 2), 0), ((100, 300, 20), (0, 1)), ((2, 50_000), 1), ((3000, 30), None)])
def test_long_sums_do_not_drift(shape, axis):
    x = mg.full(shape, 0.1)
    exact = 0.1 * np.prod(shape) / np.prod(np.ones(shape).sum(axis).shape)
    np.testing.assert_allclose(mg.sum(x, axis).numpy(), exact, rtol=5e-5)
    np.testing.assert_allclose(mg.mean(x, axis, keepdim=True).numpy(), 0.1, rtol=5e-5)
    bias = mg.zeros(2, requires_grad=True)
    (mg.zeros(200_000, 2) + bias).backward(mg.full((200_000, 2), 0.1))
    assert bias.grad.tolist() == pytest.approx([20_000] * 2, rel=1e-5)


def test_float16_adds_up_in_float32():
    assert mg.ones(5000, 2, dtype=mg.float16).sum(0).tolist() == [5000, 5000]


def test_take_along_dim_broadcasts():
    x = mg.tensor([[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]])
    assert mg.take_along_dim(x, mg.tensor([[2]]), 1).tolist() == [[2], [5]]
    assert mg.take_along_dim(x, mg.tensor([[0], [1]]), 0).tolist() == x.tolist()
    with pytest.raises(RuntimeError, match="2 axes"):
        mg.take_along_dim(x, mg.tensor([0]), 1)


def test_as_tensor_keeps_the_graph():
    assert slope(lambda w: mg.as_tensor(w, dtype=mg.float64) + w, [1.0]) == [2]


def test_new_data_between_forward_and_backward_is_noticed():
    w = mg.ones(2, requires_grad=True)
    loss = (w * w).sum()
    w.data = mg.zeros(2)
    with pytest.raises(RuntimeError, match="changed in place"):
        loss.backward()
    with pytest.raises(TypeError, match="data"):
        w.data = [1.0, 2.0]


def test_operators_in_place_change_the_tensor_itself():
    mask = mg.tensor([True, False])
    alias = mask
    mask |= mg.tensor([True, True])
    mask &= mg.tensor([False, True])
    mask ^= mg.tensor([True, True])
    numbers = power = mg.tensor([2.0, 3.0])
    numbers **= 2
    assert alias is mask and mask.tolist() == [True, False] and power.tolist() == [4, 9]
    w = mg.ones(1, requires_grad=True)
    with pytest.raises(RuntimeError, match="no_grad"):
        w **= 2


def test_backward_in_two_halves():
    w = mg.tensor([1.0, 2.0], requires_grad=True)
    h = (w * 2).exp()
    g, = mg.autograd.grad((h * h).sum(), h)
    h.backward(g)
    whole = mg.tensor([1.0, 2.0], requires_grad=True)
    (((whole * 2).exp()) ** 2).sum().backward()
    np.testing.assert_allclose(w.grad.numpy(), whole.grad.numpy(), rtol=1e-6)


def test_grad_walks_only_the_roads_to_what_is_wanted():
    x, w = mg.ones(2, requires_grad=True), mg.ones(2, requires_grad=True)
    other = (w * w).exp()
    out = (x * x + other).sum()
    mg.autograd.grad(out, x)
    other.sum().backward()                       # its part of the graph was neither walked nor spent
    assert w.grad is not None


def test_where_only_the_shape_is_read_a_change_is_no_alarm():
    a = mg.ones(3, requires_grad=True)
    b = a * 1
    outs = [b.sum(), b.mean(), mg.cat([b, b]).sum(), mg.stack([b, b]).sum()]
    with mg.no_grad():
        b += 1
    sum(outs).backward()
    assert a.grad.tolist() == pytest.approx([1 + 1 / 3 + 2 + 2] * 3)


def test_at_a_bound_that_is_a_tensor_the_gradient_is_the_inputs():
    assert slope(lambda x: x.clamp(mg.tensor(1.0), mg.tensor(3.0)), [0.0, 1.0, 2.0, 3.0, 4.0]) == [0, 1, 1, 1, 0]


def test_numbers_in_numpys_form():
    assert mg.arange(np.int64(3)).dtype == mg.int64 and mg.arange(mg.tensor(3)).tolist() == [0, 1, 2]
    with pytest.raises(ValueError):
        mg.manual_seed("a")


def test_small_losses_of_probabilities():
    p = mg.tensor([1e-7], requires_grad=True)
    assert mg.nn.functional.binary_cross_entropy(p, mg.zeros(1)).item() == pytest.approx(1e-7, rel=1e-4)


def test_printed_in_an_f_string():
    assert f"{mg.tensor(2.5)}" == "2.5" and f"{mg.tensor([2.5])}" == "tensor([2.5000])"


def test_an_index_that_can_be_read_in_two_ways_is_refused():
    with pytest.raises(IndexError, match="two ways"):
        mg.zeros(3, 4)[[[0, 1], [1, 0]]]


def test_the_shape_that_was_asked_for_is_named():
    with pytest.raises(RuntimeError, match=r"\(2, 3\), asked for \(4, 2\)"):
        mg.zeros(2, 3).reshape(4, 2)


def test_a_gradient_of_another_shape_is_refused():
    w = mg.ones(1, requires_grad=True)
    for wrong in (mg.zeros(3), mg.zeros(1, 1), mg.zeros(1, dtype=mg.float64), mg.tensor([1])):
        with pytest.raises(RuntimeError, match="^grad: "):
            w.grad = wrong
    w.grad = mg.zeros(1)
    w.data = mg.zeros(3)
    with pytest.raises(RuntimeError, match="expected .grad of shape"):
        mg.optim.SGD([w], lr=1.0).step()


def test_a_mean_of_float16_is_finite_where_the_sum_is_not():
    assert mg.full((70_000,), 2.0, dtype=mg.float16).mean().item() == 2
    assert mg.mean(mg.full((70_000, 2), 2.0, dtype=mg.float16), 0).tolist() == [2, 2]


def test_a_bound_that_is_nan_gives_nan():
    low = mg.clamp(mg.tensor([1.0, 2.0]), mg.tensor([math.nan, 3.0])).tolist()
    assert math.isnan(low[0]) and low[1] == 3
    assert math.isnan(mg.clamp(mg.tensor([1.0]), mg.tensor([0.0]), mg.tensor([math.nan])).item())


def test_a_gradient_is_kept_on_the_way_to_chosen_inputs():
    x, other = mg.ones(1, requires_grad=True), mg.ones(1, requires_grad=True)
    h = x * 2
    h.retain_grad()
    (h * h * other).backward(inputs=[x])
    assert x.grad.item() == 8 and h.grad.item() == 4 and other.grad is None
    with pytest.raises(RuntimeError, match="inputs="):
        (x * x).backward(inputs=[])


def test_a_bounded_gradient_is_zero_even_where_it_would_be_infinite():
    assert slope(lambda x: mg.nn.functional.relu6(x).sqrt(), [-1.0, 4.0, 7.0]) == [0, 0.25, 0]


def test_changes_in_place_and_the_roads_to_what_is_wanted():
    x, w = mg.tensor([1.0, 2.0], requires_grad=True), mg.tensor([3.0, 4.0], requires_grad=True)
    h = x * w
    before = h.exp() * 0
    h *= w                                       # recorded: h is x · w² from here on
    out = (h + before).sum()
    for_x, = mg.autograd.grad(out, x, retain_graph=True)
    for_w, = mg.autograd.grad(out, w)
    assert for_x.tolist() == [9, 16] and for_w.tolist() == [6, 16]


# What an adversarial comparison with PyTorch found in the fused nodes

def test_an_ignored_sample_may_hold_anything():
    for bad in (-np.inf, np.inf, np.nan):
        x = mg.tensor(np.array([[bad, 1, 2], [0, 1, 2]], np.float32), requires_grad=True)
        target = mg.tensor([-100, 1])
        assert F.cross_entropy(x, target).item() == pytest.approx(1.4076, abs=1e-4)
        assert F.cross_entropy(x, target, reduction="none").tolist() == pytest.approx([0, 1.4076], abs=1e-4)


def test_a_loss_that_is_kept_keeps_no_arrays():
    def kept():
        x = mg.randn(200, 500, requires_grad=True)
        h = F.gelu(F.layer_norm(x, (500,), mg.ones(500), mg.zeros(500)), approximate="tanh")
        h = F.batch_norm(h, None, None, mg.ones(500), mg.zeros(500), training=True)
        loss = F.cross_entropy(F.layer_norm(h, (500,)), mg.zeros(200, dtype=mg.int64))
        saved = [node.saved for node in mg.graph.ancestors([loss.node]) if node.saved is not None]
        arrays = [a for s in saved for a in (s if isinstance(s, tuple) else (s,)) if a.size > 10_000]
        loss.backward()
        return loss, [weakref.ref(a) for a in arrays]
    loss, arrays = kept()
    assert len(arrays) == 5 and all(a() is None for a in arrays) and loss.item() > 0
    with mg.no_grad():
        assert F.cross_entropy(mg.zeros(2, 3), mg.tensor([0, 1])).node.saved is None


def test_what_follows_a_norm_may_change_it_in_place():
    for norm in (nn.InstanceNorm2d(3), nn.BatchNorm2d(3, affine=False), nn.BatchNorm2d(3), nn.GroupNorm(1, 3),
                 lambda x: F.layer_norm(x, (4,)), nn.LayerNorm(4), lambda x: F.gelu(x, approximate="tanh")):
        x = mg.randn(2, 3, 4, 4, requires_grad=True)
        (F.relu(norm(x), inplace=True) ** 2).sum().backward()
        other = mg.tensor(x.detach().numpy(), requires_grad=True)
        (F.relu(norm(other)) ** 2).sum().backward()
        assert np.allclose(x.grad.numpy(), other.grad.numpy(), atol=1e-5)
    for made in (F.layer_norm(x, (4,), mg.ones(4), mg.zeros(4)), F.gelu(x, approximate="tanh")):
        with mg.no_grad():
            made.mul_(3)
        made.sum().backward()


@pytest.mark.parametrize("weight, bias", [((3, 5), (3, 5)), ((1,), (1,)), ((5,), (1,)), ((), (5,)), ((3, 5), None)])
def test_norms_refuse_weights_of_other_shapes(weight, bias):
    weight, bias = (None if shape is None else mg.ones(shape) for shape in (weight, bias))
    with pytest.raises(RuntimeError, match=r"layer_norm: expected a (weight|bias) of shape \(5,\), got torch.Size"):
        F.layer_norm(mg.randn(3, 5), (5,), weight, bias)
    with pytest.raises(RuntimeError, match=r"batch_norm: expected a (weight|bias) of shape torch.Size\(\[5\]\), got"):
        F.batch_norm(mg.randn(3, 5), None, None, weight, bias, training=True)


def test_dense_layers_of_one_output_or_of_nothing():
    x, w, b = mg.randn(2, 3, 4, requires_grad=True), mg.randn(4, requires_grad=True), mg.randn((), requires_grad=True)
    F.linear(x, w, b).sum().backward()
    assert w.grad.shape == (4,) and np.allclose(w.grad.numpy(), x.detach().numpy().sum((0, 1)), atol=1e-5) and b.grad == 6
    for x, w in (((2, 3, 4), (0, 4)), ((2, 3, 0), (4, 0)), ((0,), (4, 0)), ((4,), (0, 4)), ((0, 3, 4), (2, 4))):
        x, w = mg.randn(x, requires_grad=True), mg.randn(w, requires_grad=True)
        F.linear(x, w).sum().backward()
        assert x.grad.shape == x.shape and w.grad.shape == w.shape
    x = mg.zeros(2, 0, requires_grad=True)
    F.layer_norm(x, (0,), mg.ones(0, requires_grad=True), mg.zeros(0, requires_grad=True)).sum().backward()
    x = mg.zeros(0, 3, 8, 8, requires_grad=True)
    F.conv2d(x, mg.randn(4, 3, 3, 3, requires_grad=True)).sum().backward()
    assert x.grad.shape == x.shape


def test_the_mean_over_nobody_is_found_by_detect_anomaly():
    with pytest.raises(RuntimeError, match="cross_entropy"), mg.autograd.detect_anomaly():
        F.cross_entropy(mg.randn(2, 3, requires_grad=True), mg.tensor([-100, -100])).backward()


def test_a_row_of_softmax_does_not_depend_on_its_neighbours():
    a, b = (F.softmax(mg.tensor([[0., -10., -70.], [top, 0., 0.]]), 1)[0] for top in (0., 13.))
    assert np.allclose(a.numpy(), b.numpy(), rtol=1e-5, atol=0)


def test_local_gradients_of_a_norm_look_at_their_argument_each_time():
    pull = F.layer_norm(mg.randn(3, 5, requires_grad=True), (5,), mg.ones(5), mg.zeros(5)).local_gradients[0][2]
    g = np.ones((3, 5), np.float32)
    first = pull(g).copy()
    g[0, 0] = 7
    assert not np.array_equal(first, pull(g))


def test_cross_entropy_refuses_whole_logits():
    with pytest.raises(RuntimeError, match="cross_entropy: expected floating logits, got dtype torch.int64"):
        F.cross_entropy(mg.tensor([[1, 2]]), mg.tensor([0]))
