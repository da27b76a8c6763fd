"""The work that is timed, written once in PyTorch's words: `torch` is the library, PyTorch itself or minigrad.

Each workload is a function of the library that sets everything up and returns `step`: one full training step, which
gives its loss. Weights and data are drawn by numpy, so every library starts from the same numbers.
"""
import gzip
import math
from pathlib import Path

import numpy as np

WORK = {}                                  # key -> the function, with its title and the ratio to reach
MNIST = Path(__file__).parents[1] / "data" / "mnist"


def work(key, title, goal=None, check=3):
    """Register a workload; `goal`: minigrad's time over PyTorch's; `check`: steps whose losses are compared first."""
    def register(function):
        function.key, function.title, function.goal, function.check = key, title, goal, check
        WORK[key] = function
        return function
    return register


# Shared furniture

def numbers(seed=0):
    return np.random.default_rng(seed)


def normal(torch, *shape, seed=0, scale=1.0):
    return torch.tensor((numbers(seed).standard_normal(shape) * scale).astype(np.float32))


def labels(torch, count, classes, seed=0):
    return torch.tensor(numbers(seed).integers(0, classes, count))


def equal_start(torch, model):
    """The same first weights in every library: normal with variance 2 / fan_in, biases 0, scales as they are."""
    draw = numbers(7)
    with torch.no_grad():
        for parameter in model.parameters():
            if len(parameter.shape) > 1:
                fan_in = math.prod(parameter.shape[1:])
                values = draw.standard_normal(tuple(parameter.shape)) * math.sqrt(2 / fan_in)
                parameter.copy_(torch.tensor(values.astype(np.float32)))
            elif parameter.sum().item() != len(parameter):
                parameter.zero_()
    return model


def training(torch, model, optimizer, criterion, x, y):
    def step():
        loss = criterion(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss
    return step


# 1. Tiny operations: what one node costs

def tiny(torch, shape):
    x = torch.tensor(np.full(shape, 0.5, np.float32), requires_grad=True)
    a = torch.tensor(np.full(shape, 1.01, np.float32), requires_grad=True)

    def step():
        x.grad = a.grad = None
        y = x
        for _ in range(50):
            y = ((y * a + x).tanh() - 0.1)
        loss = y.sum()
        loss.backward()
        return loss
    return step


@work("1a", "200 tiny operations, shape ()", goal=0.8)
def tiny_numbers(torch):
    return tiny(torch, ())


@work("1b", "200 tiny operations, shape (4,)", goal=0.8)
def tiny_vectors(torch):
    return tiny(torch, (4,))


# 2. Two moons: number by number, and with matrices

def moons(count=20):
    """Two half circles that interlock, with a little noise; labels −1 and 1."""
    draw, angle = numbers(3), np.linspace(0, math.pi, count // 2)
    outer = np.stack([np.cos(angle), np.sin(angle)], 1)
    x = np.concatenate([outer, [1, 0.5] - outer]) + draw.standard_normal((count, 2)) * 0.1
    return x.astype(np.float32), np.repeat([-1.0, 1.0], count // 2).astype(np.float32)


def moon_weights():
    draw = numbers(4)
    return [(draw.standard_normal((n, m)) / math.sqrt(n)).astype(np.float32) for n, m in ((2, 16), (16, 16), (16, 1))]


def scalar_moons(value, update):
    """Every weight, and every number on the way, is a node of its own; `value` makes one."""
    x, y = moons()
    layers = [[[value(float(w)) for w in column] for column in matrix.T] for matrix in moon_weights()]
    biases = [[value(0.0) for _ in layer] for layer in layers]
    parameters = [w for layer in layers for neuron in layer for w in neuron] + [b for layer in biases for b in layer]

    def step():
        losses = []
        for sample, target in zip(x.tolist(), y.tolist()):
            signals = sample
            for layer, bias in zip(layers, biases):
                signals = [sum((w * s for w, s in zip(neuron, signals)), b) for neuron, b in zip(layer, bias)]
                if layer is not layers[-1]:
                    signals = [s.relu() for s in signals]
            losses.append((1 - signals[0] * target).relu())
        loss = sum(losses[1:], losses[0]) * (1 / len(losses))
        update(loss, parameters)
        return loss
    return step


@work("2a", "Moons MLP 2-16-16-1, number by number")
def moons_by_numbers(torch):
    def update(loss, parameters):
        for p in parameters:
            p.grad = None
        loss.backward()
        with torch.no_grad():
            for p in parameters:
                if p.grad is not None:
                    p -= p.grad * 0.05
    return scalar_moons(lambda number: torch.tensor(number, requires_grad=True), update)


@work("2b", "Moons MLP 2-16-16-1, with matrices")
def moons_by_matrices(torch):
    x, y = (torch.tensor(part) for part in moons())
    weights = [torch.tensor(w, requires_grad=True) for w in moon_weights()]
    biases = [torch.zeros(w.shape[1], requires_grad=True) for w in weights]

    def step():
        h = x
        for w, b in zip(weights, biases):
            h = h @ w + b
            if w is not weights[-1]:
                h = h.relu()
        loss = (1 - h[:, 0] * y).relu().mean()
        for p in weights + biases:
            p.grad = None
        loss.backward()
        with torch.no_grad():
            for p in weights + biases:
                p -= p.grad * 0.05
        return loss
    return step


# 3 to 7. Networks

@work("3", "MLP 784-256-10, batch 64, SGD", goal=1.0)
def mlp(torch):
    nn = torch.nn
    model = equal_start(torch, nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10)))
    return training(torch, model, torch.optim.SGD(model.parameters(), lr=0.01), nn.CrossEntropyLoss(),
                    normal(torch, 64, 784), labels(torch, 64, 10))


def convnet(torch):
    """The article's network: six convolutions 5×5 without padding, two linear layers."""
    nn, layers, channels = torch.nn, [], (1, 5, 10, 20, 20, 20, 10)
    for i, o in zip(channels, channels[1:]):
        layers += [nn.Conv2d(i, o, kernel_size=5), nn.ReLU()]
    return equal_start(torch, nn.Sequential(*layers, nn.Flatten(), nn.Linear(160, 20), nn.ReLU(), nn.Linear(20, 10)))


def convnet_step(torch, batch):
    model = convnet(torch)
    return training(torch, model, torch.optim.Adam(model.parameters(), lr=1e-3), torch.nn.CrossEntropyLoss(),
                    normal(torch, batch, 1, 28, 28), labels(torch, batch, 10))


@work("4", "The article's ConvNet, batch 64, Adam", goal=1.0)
def convnet_64(torch):
    return convnet_step(torch, 64)


@work("5", "LeNet 1-16-32 with max-pools, batch 64", goal=1.0)
def lenet(torch):
    nn = torch.nn
    model = equal_start(torch, nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(32 * 7 * 7, 10)))
    return training(torch, model, torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9), nn.CrossEntropyLoss(),
                    normal(torch, 64, 1, 28, 28), labels(torch, 64, 10))


@work("6", "(Linear-BatchNorm-ReLU) × 8, 256 wide, batch 128", goal=1.0)
def normed_stack(torch):
    nn = torch.nn
    layers = [layer for _ in range(8) for layer in (nn.Linear(256, 256), nn.BatchNorm1d(256), nn.ReLU())]
    model = equal_start(torch, nn.Sequential(*layers, nn.Linear(256, 10)))
    return training(torch, model, torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9), nn.CrossEntropyLoss(),
                    normal(torch, 128, 256), labels(torch, 128, 10))


def idx(name, header):
    return np.frombuffer(gzip.decompress((MNIST / name).read_bytes()), np.uint8, offset=header)


@work("7", "An epoch of MNIST with the ConvNet, data loading included", goal=1.0, check=1)
def epoch(torch):
    """`step` is the whole epoch; `step.start` its first 20 batches, for the comparison of results."""
    model = convnet(torch)
    optimizer, criterion = torch.optim.Adam(model.parameters(), lr=1e-3), torch.nn.CrossEntropyLoss()

    def step(most=None):
        images = idx("train-images-idx3-ubyte.gz", 16).reshape(-1, 1, 28, 28) / np.float32(255)
        targets = idx("train-labels-idx1-ubyte.gz", 8).astype(np.int64)
        dataset = torch.utils.data.TensorDataset(torch.tensor(images), torch.tensor(targets))
        order = numbers(5).permutation(len(images)).tolist()
        loader = torch.utils.data.DataLoader(dataset, batch_size=64, sampler=order)
        for i, (x, y) in enumerate(loader):
            if i == most:
                break
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return loss
    step.start = lambda: step(20)
    return step


# 8 to 10. What later chapters are made of

@work("8", "LSTM, 50 steps, batch 32, 32 → 64", goal=1.5)
def lstm(torch):
    """A plain cell: four gates from one matrix product with the input and one with the last state."""
    x, target = normal(torch, 50, 32, 32), normal(torch, 32, 64, seed=1)
    wx, wh = (normal(torch, n, 256, seed=n, scale=1 / math.sqrt(n)).requires_grad_() for n in (32, 64))
    bias = torch.zeros(256, requires_grad=True)
    optimizer = torch.optim.SGD([wx, wh, bias], lr=0.1)

    def step():
        h = c = torch.zeros(32, 64)
        for t in range(50):
            i, f, g, o = (x[t] @ wx + h @ wh + bias).chunk(4, 1)                  # (B, 4·64) -> four times (B, 64)
            c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            h = o.sigmoid() * c.tanh()
        loss = ((h - target) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss
    return step


@work("9", "Four GPT blocks, B 16, T 64, C 128, 4 heads", goal=1.2)
def gpt(torch):
    nn, F = torch.nn, torch.nn.functional
    B, T, C, heads, vocabulary = 16, 64, 128, 4, 65

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm1, self.norm2 = nn.LayerNorm(C), nn.LayerNorm(C)
            self.qkv, self.project = nn.Linear(C, 3 * C), nn.Linear(C, C)
            self.up, self.down = nn.Linear(C, 4 * C), nn.Linear(4 * C, C)
            self.register_buffer("future", torch.tensor(np.triu(np.ones((T, T), bool), 1)))

        def attention(self, x):
            q, k, v = (part.reshape(B, T, heads, C // heads).transpose(1, 2)                  # (B, nh, T, hs)
                       for part in self.qkv(x).split(C, 2))
            weights = (q @ k.transpose(-2, -1) * (1 / math.sqrt(C // heads))).masked_fill(self.future, -math.inf)
            y = torch.softmax(weights, -1) @ v                                                # (B, nh, T, hs)
            return self.project(y.transpose(1, 2).reshape(B, T, C))

        def forward(self, x):
            x = x + self.attention(self.norm1(x))
            return x + self.down(F.gelu(self.up(self.norm2(x)), approximate="tanh"))

    class GPT(nn.Module):
        def __init__(self):
            super().__init__()
            self.tokens, self.places = nn.Embedding(vocabulary, C), nn.Embedding(T, C)
            self.blocks = nn.Sequential(*[Block() for _ in range(4)])
            self.norm, self.head = nn.LayerNorm(C), nn.Linear(C, vocabulary)

        def forward(self, ids):
            x = self.tokens(ids) + self.places(torch.arange(T))                               # (B, T, C)
            return self.head(self.norm(self.blocks(x))).reshape(B * T, vocabulary)

    model = equal_start(torch, GPT())
    ids = torch.tensor(numbers(1).integers(0, vocabulary, (B, T)))
    return training(torch, model, torch.optim.AdamW(model.parameters(), lr=1e-3), nn.CrossEntropyLoss(), ids,
                    labels(torch, B * T, vocabulary))


@work("10", "Embedding 8,000 × 64, 4,096 look-ups", goal=1.2)
def embedding(torch):
    table = equal_start(torch, torch.nn.Embedding(8000, 64))
    ids, target = labels(torch, 4096, 8000), normal(torch, 4096, 64)
    return training(torch, table, torch.optim.SGD(table.parameters(), lr=0.1), torch.nn.MSELoss(), ids, target)


# Growth

def chain(torch, length):
    """Forward and backward through a chain of so many nodes."""
    x = torch.tensor(1.0, requires_grad=True)

    def step():
        x.grad = None
        y = x
        for _ in range(length):
            y = y * 1.0000001
        y.backward()
        return y
    return step
