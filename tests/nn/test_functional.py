"""Layers and losses: by hand, by numerical derivatives, refusals. The comparison with PyTorch is test_torch_nn."""
import numpy as np
import pytest

import minigrad as mg
from minigrad import nn
from minigrad.gradcheck import gradcheck, gradgradcheck
from minigrad.nn import functional as F

RNG = np.random.default_rng(3)


def doubles(*shape):
    return mg.tensor(RNG.standard_normal(shape), requires_grad=True)


def chances(*shape):
    return mg.tensor(RNG.uniform(0.1, 0.9, shape), requires_grad=True)


# Derivatives, first and second

INDEX, WEIGHT = mg.tensor([0, 2, -100]), mg.tensor([0.5, 2.0, 1.0], dtype=mg.float64)


@pytest.mark.parametrize("function, inputs", [
    (F.linear, lambda: (doubles(4, 3), doubles(2, 3), doubles(2))),
    (lambda x, w, b: F.conv2d(x, w, b, 2, 1), lambda: (doubles(2, 2, 5, 4), doubles(3, 2, 3, 2), doubles(3))),
    (lambda x: F.max_pool2d(x, 3, stride=2, padding=1), lambda: (doubles(2, 2, 5, 6),)),
    (lambda x: F.cross_entropy(x, INDEX, WEIGHT, label_smoothing=0.1), lambda: (doubles(3, 3),)),
    (lambda x, y: F.cross_entropy(x, y, WEIGHT, label_smoothing=0.1), lambda: (doubles(2, 3), chances(2, 3))),
    (lambda x: F.cross_entropy(x, mg.tensor([[0, 1]])), lambda: (doubles(1, 3, 2),)),
    (F.mse_loss, lambda: (doubles(4), doubles(4))),
    (F.binary_cross_entropy, lambda: (chances(4), chances(4))),
    (lambda x, y: F.binary_cross_entropy_with_logits(x, y, pos_weight=2.0), lambda: (doubles(4), chances(4))),
    (F.logsigmoid, lambda: (doubles(4),)),
], ids=["linear", "conv2d", "max_pool2d", "indices", "probabilities", "pixels", "mse", "bce", "bce with logits",
        "logsigmoid"])
def test_first_and_second_derivatives(function, inputs):
    inputs = inputs()
    assert gradcheck(function, inputs)
    assert gradgradcheck(function, inputs)


# By hand

def test_linear_by_hand():
    layer = nn.Linear(2, 1)
    layer.load_state_dict({"weight": mg.tensor([[3.0, 4.0]]), "bias": mg.tensor([0.5])})
    assert layer(mg.tensor([[1.0, 2.0], [0.0, 0.0]])).tolist() == [[11.5], [0.5]]


def test_convolution_equals_four_loops():
    x, w, b = RNG.standard_normal((2, 3, 6, 5)), RNG.standard_normal((4, 3, 3, 2)), RNG.standard_normal(4)
    (sh, sw), (p, q) = (2, 1), (1, 2)
    padded = np.pad(x, ((0, 0), (0, 0), (p, p), (q, q)))
    expected = np.zeros((2, 4, 3, 8))
    for n, o, i, j in np.ndindex(*expected.shape):
        expected[n, o, i, j] = (padded[n, :, i * sh:i * sh + 3, j * sw:j * sw + 2] * w[o]).sum() + b[o]
    out = F.conv2d(mg.tensor(x), mg.tensor(w), mg.tensor(b), stride=(2, 1), padding=(1, 2))
    np.testing.assert_allclose(out.numpy(), expected, atol=1e-12)


def test_pooling_equals_loops_and_gives_the_gradient_to_the_first_winner():
    x = mg.tensor([[[[1.0, 3.0, 3.0], [2.0, 3.0, 0.0]]]], requires_grad=True)
    out = F.max_pool2d(x, 2, stride=1)
    assert out.tolist() == [[[[3.0, 3.0]]]]
    out.backward(mg.tensor([[[[1.0, 10.0]]]]))
    assert x.grad.tolist() == [[[[0.0, 11.0, 0.0], [0.0, 0.0, 0.0]]]]


def test_one_image_without_a_batch():
    image = mg.randn(2, 6, 6)
    conv, pool = nn.Conv2d(2, 3, 3), nn.MaxPool2d(2)
    assert mg.equal(conv(image), conv(image[None])[0]) and mg.equal(pool(image), pool(image[None])[0])


def test_the_gradient_of_cross_entropy_is_p_minus_y():
    x = mg.randn(4, 3, dtype=mg.float64, requires_grad=True)
    target = mg.tensor([0, 2, 1, 1])
    F.cross_entropy(x, target, reduction="sum").backward()
    expected = F.softmax(x.detach(), 1) - F.one_hot(target, 3)
    np.testing.assert_allclose(x.grad.numpy(), expected.numpy(), atol=1e-12)


def test_indices_and_the_probabilities_that_say_the_same_give_the_same_loss():
    x, target = mg.randn(4, 3), mg.tensor([0, 2, 1, 1])
    for smoothing in (0.0, 0.2):
        criterion = nn.CrossEntropyLoss(label_smoothing=smoothing)
        assert criterion(x, target).item() == pytest.approx(criterion(x, F.one_hot(target, 3).float()).item(), rel=1e-6)


def test_logits_of_any_size_have_a_finite_loss_and_gradient():
    x = mg.tensor([[1e30, -1e30], [0.0, 1e4]], requires_grad=True)
    loss = F.cross_entropy(x, mg.tensor([0, 1]))
    loss.backward()
    assert loss.item() == 0 and x.grad.tolist() == [[0, 0], [0, 0]]
    z = mg.tensor([1e4, -1e4, 0.0], requires_grad=True)
    F.binary_cross_entropy_with_logits(z, mg.tensor([0.0, 1.0, 1.0]), reduction="sum").backward()
    assert z.grad.tolist() == [1, -1, -0.5]


def test_small_losses_keep_their_digits():
    loss = F.binary_cross_entropy_with_logits(mg.tensor([-20.0]), mg.tensor([0.0]))
    assert loss.item() == pytest.approx(2.0611537e-09, rel=1e-5)


def test_losses_have_no_hidden_parameters_and_keep_their_weights_as_buffers():
    loss = nn.CrossEntropyLoss(weight=mg.ones(3))
    assert list(loss.parameters()) == [] and list(loss.state_dict()) == ["weight"]
    assert list(nn.BCEWithLogitsLoss(pos_weight=mg.ones(1)).state_dict()) == ["pos_weight"]
    assert nn.MSELoss().state_dict() == {}


def test_layers_take_arrays_and_whole_numbers():
    assert nn.Linear(3, 2)(np.ones((4, 3), np.float32)).dtype == mg.float32
    assert nn.CrossEntropyLoss()(mg.zeros(2, 2), np.array([0, 1])).item() == pytest.approx(np.log(2))
    assert nn.Linear(3, 2)(mg.ones(4, 3, dtype=mg.int64)).dtype == mg.float32
    images = np.ones((2, 1, 4, 4), np.float32)
    assert nn.Sequential(nn.MaxPool2d(2), nn.Conv2d(1, 3, 2), nn.Flatten())(images).shape == (2, 3)


# What is refused

ROWS, LABELS = mg.zeros(2, 3), mg.tensor([0, 1])


@pytest.mark.parametrize("call, error, message", [
    (lambda: nn.Linear(3, 5)(mg.ones(100, 4)), RuntimeError,
     r"linear: expected an input of shape \(..., 3\) for the weight torch.Size\(\[5, 3\]\), got torch.Size\(\[100, 4\]\)"),
    (lambda: nn.Linear(3, 5)(mg.tensor(1.0)), RuntimeError, r"got torch.Size\(\[\]\)"),
    (lambda: nn.Conv2d(3, 8, 3)(mg.ones(1, 1, 28, 28)), RuntimeError,
     r"conv2d: expected images of shape \(N, 3, H, W\).*got torch.Size\(\[1, 1, 28, 28\]\)"),
    (lambda: nn.Conv2d(1, 8, 5)(mg.ones(1, 1, 4, 28)), RuntimeError, r"at least 5 x 5.*got 4 x 28"),
    (lambda: nn.Conv2d(1, 8, 5)(mg.ones(28, 28)), RuntimeError, r"got torch.Size\(\[28, 28\]\)"),
    (lambda: nn.MaxPool2d(3)(mg.ones(1, 1, 2, 5)), RuntimeError, "at least 3 x 3.*got 2 x 5"),
    (lambda: nn.MaxPool2d(2, padding=2)(mg.ones(1, 1, 4, 4)), RuntimeError,
     r"at most half the window \(2, 2\), got \(2, 2\)"),
    (lambda: nn.MaxPool2d(2)(mg.ones(4, 4)), RuntimeError, r"expected images of shape \(N, C, H, W\), got torch.Size\(\[4, 4\]\)"),
    (lambda: nn.Conv2d(2, 3, 3, groups=2), ValueError, "Conv2d: expected channels that 2 groups divide, got 2 and 3"),
    (lambda: nn.Conv2d(1, 1, 3, padding_mode="mirror"), ValueError, "expected padding_mode 'zeros', .* got 'mirror'"),
    (lambda: nn.Conv2d(1, 1, 3, padding="same", stride=2), ValueError, "with a stride of 1, 'same'; got 'same'"),
    (lambda: nn.Conv2d(1, 1, 3, padding=-1), ValueError, "expected padding to be one or two whole numbers from 0 up"),
    (lambda: nn.Conv2d(1, 1, 3, dilation=2)(mg.ones(1, 1, 4, 9)), RuntimeError, "at least 5 x 5.*got 4 x 9"),
    (lambda: nn.BatchNorm1d(3)(mg.ones(1, 3)), ValueError, r"more than one number for each channel.*torch.Size\(\[1, 3\]\)"),
    (lambda: nn.Upsample(scale_factor=2, mode="lanczos")(mg.ones(1, 1, 2, 2)), NotImplementedError, "'nearest'"),
    (lambda: nn.BatchNorm2d(3)(mg.ones(4, 3)), ValueError, "expected 4 axes"),
    (lambda: nn.LayerNorm(3)(mg.ones(4, 2)), RuntimeError, r"shape \(\*, 3\), got torch.Size\(\[4, 2\]\)"),
    (lambda: nn.Embedding(3, 2, sparse=True), NotImplementedError, "sparse=False"),
    (lambda: nn.Embedding(3, 2)(mg.tensor([3])), IndexError, "from 0 to 2, got 3 to 3"),
    (lambda: nn.Embedding(3, 2)(mg.tensor([1.0])), RuntimeError, "whole numbers"),
    (lambda: nn.Dropout(1.5), ValueError, "from 0 to 1, got 1.5"),
    (lambda: nn.Conv2d(1, 1, 3, stride=0), ValueError, "stride to be one or two whole numbers from 1 up"),
    (lambda: nn.Conv2d(1, 1, (3, 3, 3)), ValueError, "kernel_size"),
    (lambda: nn.ReLU(inplace=True)(mg.ones(2, requires_grad=True)), RuntimeError, "in-place relu: this leaf requires grad"),
    (lambda: mg.softmax(mg.ones(2), None), TypeError, "softmax: expected one dim"),
    (lambda: F.cross_entropy(ROWS, mg.tensor([0, 3])), IndexError, "expected classes from 0 to 2, got 3"),
    (lambda: F.cross_entropy(ROWS, mg.tensor([[0], [1]])), RuntimeError, r"indices of shape \(2,\).*got \(2, 1\)"),
    (lambda: F.cross_entropy(ROWS, mg.ones(2)), RuntimeError, r"probabilities of shape torch.Size\(\[2, 3\]\), got torch.Size\(\[2\]\)"),
    (lambda: F.cross_entropy(ROWS, LABELS, mg.ones(2)), RuntimeError, r"each of 3 classes, got shape \(2,\)"),
    (lambda: F.cross_entropy(ROWS, LABELS, reduction="avg"), ValueError, "'mean', 'sum' or 'none', got 'avg'"),
    (lambda: F.cross_entropy(ROWS, LABELS, label_smoothing=2), RuntimeError, "from 0 to 1, got 2"),
    (lambda: F.nll_loss(ROWS, mg.ones(2)), RuntimeError, "nll_loss: .* of dtype int64, got float32"),
    (lambda: F.mse_loss(mg.ones(3), mg.ones(3, 1)), ValueError, r"expected a target of shape torch.Size\(\[3\]\).*got torch.Size\(\[3, 1\]\)"),
    (lambda: nn.BCELoss()(mg.tensor([1.5]), mg.tensor([1.0])), RuntimeError, "probabilities from 0 to 1"),
    (lambda: nn.BCELoss()(mg.tensor([np.nan]), mg.tensor([1.0])), RuntimeError, "probabilities from 0 to 1"),
    (lambda: nn.BCEWithLogitsLoss()(mg.ones(3), mg.ones(3, 1)), ValueError, "expected a target of shape"),
    (lambda: F.one_hot(mg.tensor([0, 4]), 3), RuntimeError, "from 0 to 2, got 0 to 4"),
    (lambda: F.one_hot(mg.tensor([0.5])), RuntimeError, "int64, got float32"),
])
def test_refused_with_the_reason(call, error, message):
    with pytest.raises(error, match=message):
        call()
