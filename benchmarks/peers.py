"""Some of the workloads in the words of minigrad's peers; each function returns a `step` as in `workloads`.

autograd and micrograd are eager as minigrad is; smallpebble builds its graph eagerly on numpy; tinygrad compiles the
whole step to machine code before it runs it (it needs clang), as its users would, with TinyJit.
"""
import math
from importlib import import_module

import numpy as np

from .workloads import WORK, moon_weights, moons, numbers, scalar_moons

PEERS = {}                                 # library -> {key of the workload: function}


def peer(library, *keys):
    def register(function):
        for key in keys:
            PEERS.setdefault(library, {})[key] = lambda key=key: function(key)
        return function
    return register


def _normal(*shape, seed=0):
    return numbers(seed).standard_normal(shape).astype(np.float32)


def _weights(*shapes):
    draw = numbers(7)                      # as workloads.equal_start draws them
    return [(draw.standard_normal(s) * math.sqrt(2 / math.prod(s[1:]))).astype(np.float32) for s in shapes]


CONVNET = [(o, i, 5, 5) for i, o in zip((1, 5, 10, 20, 20, 20), (5, 10, 20, 20, 20, 10))] + [(20, 160), (10, 20)]


@peer("micrograd", "2a")
def micrograd_moons(key):
    from micrograd.engine import Value

    def update(loss, parameters):
        for p in parameters:
            p.grad = 0
        loss.backward()
        for p in parameters:
            p.data -= 0.05 * p.grad
    return scalar_moons(Value, update)


@peer("autograd", "1a", "1b")
def autograd_tiny(key):
    import autograd.numpy as anp
    from autograd import value_and_grad
    shape = () if key == "1a" else (4,)
    x, a = np.full(shape, 0.5, np.float32), np.full(shape, 1.01, np.float32)

    def chain(x, a):
        y = x
        for _ in range(50):
            y = anp.tanh(y * a + x) - 0.1
        return anp.sum(y)
    both = value_and_grad(chain, (0, 1))
    return lambda: both(x, a)[0]


def _autograd_training(loss, weights, rate):
    from autograd import value_and_grad
    both = value_and_grad(loss)

    def step():
        value, gradients = both(weights)
        for w, g in zip(weights, gradients):
            w -= np.float32(rate) * g
        return value
    return step


@peer("autograd", "2b")
def autograd_moons(key):
    import autograd.numpy as anp
    x, y = moons()
    weights = moon_weights()
    weights += [np.zeros(w.shape[1], np.float32) for w in weights]

    def loss(p):
        h = x
        for i in range(3):
            h = anp.dot(h, p[i]) + p[3 + i]
            if i < 2:
                h = anp.maximum(h, 0)
        return anp.mean(anp.maximum(1 - h[:, 0] * y, 0))
    return _autograd_training(loss, weights, 0.05)


@peer("autograd", "3")
def autograd_mlp(key):
    import autograd.numpy as anp
    x, y = _normal(64, 784), np.eye(10, dtype=np.float32)[numbers().integers(0, 10, 64)]
    w1, w2 = _weights((256, 784), (10, 256))

    def loss(p):
        w1, b1, w2, b2 = p
        z = anp.dot(anp.maximum(anp.dot(x, w1.T) + b1, 0), w2.T) + b2
        z = z - anp.max(z, axis=1, keepdims=True)
        return anp.mean(anp.log(anp.sum(anp.exp(z), axis=1)) - anp.sum(z * y, axis=1))
    return _autograd_training(loss, [w1, np.zeros(256, np.float32), w2, np.zeros(10, np.float32)], 0.01)


@peer("smallpebble", "4")
def smallpebble_convnet(key):
    import smallpebble as sp
    x = _normal(64, 1, 28, 28).transpose(0, 2, 3, 1).copy()
    y = numbers().integers(0, 10, 64)
    arrays = _weights(*CONVNET)
    kernels = [sp.Variable(w.transpose(2, 3, 1, 0).copy()) for w in arrays[:6]]
    # the rows of the first linear layer in the order (height, width, channel), which is how smallpebble flattens
    first = arrays[6].reshape(20, 10, 4, 4).transpose(2, 3, 1, 0).reshape(160, 20)
    linear = [sp.Variable(first.copy()), sp.Variable(arrays[7].T.copy())]
    biases = [sp.Variable(np.zeros(s[0], np.float32)) for s in CONVNET]
    parameters, adam = kernels + linear + biases, sp.Adam(alpha=1e-3)

    def step():
        h = sp.Variable(x)
        for kernel, bias in zip(kernels, biases):
            h = sp.leaky_relu(sp.add(sp.conv2d(h, kernel, padding="VALID"), bias), alpha=0)
        h = sp.reshape(h, (64, 160))
        h = sp.leaky_relu(sp.add(sp.matmul(h, linear[0]), biases[6]), alpha=0)
        h = sp.softmax(sp.add(sp.matmul(h, linear[1]), biases[7]))
        loss = sp.mul(sp.cross_entropy(h, y), sp.Variable(np.float32(1 / 64)))     # it sums over the batch
        adam.training_step(parameters, sp.get_gradients(loss))
        return loss.array
    return step


@peer("tinygrad", "3", "4")
def tinygrad_network(key):
    from tinygrad import Context, Tensor, TinyJit
    from tinygrad.nn.optim import SGD, Adam
    y = Tensor(numbers().integers(0, 10, 64).astype(np.int32))
    if key == "3":
        x = Tensor(_normal(64, 784))
        shapes = [(256, 784), (10, 256)]
    else:
        x = Tensor(_normal(64, 1, 28, 28))
        shapes = CONVNET
    weights = [Tensor(w).is_param_() for w in _weights(*shapes)]
    biases = [Tensor(np.zeros(s[0], np.float32)).is_param_() for s in shapes]
    optimizer = SGD(weights + biases, lr=0.01) if key == "3" else Adam(weights + biases, lr=1e-3)

    @TinyJit
    def step():
        h = x
        for w, b in zip(weights, biases):
            h = h.conv2d(w, b) if len(w.shape) == 4 else h.flatten(1).linear(w.T, b)
            if w is not weights[-1]:
                h = h.relu()
        loss = h.sparse_categorical_crossentropy(y)
        optimizer.zero_grad()
        loss.backward()
        return loss.realize(*optimizer.schedule_step())

    def trained():
        with Context(TRAINING=1):
            return step().numpy()
    return trained


def step_of(library, key):
    """The step of a workload in a library, both by name."""
    if library not in PEERS:
        return WORK[key](import_module(library))
    return PEERS[library][key]()
