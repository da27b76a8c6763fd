"""Two networks in plain modules, for pictures: a ten-layer ConvNet and a transformer of four blocks."""
import math

import minigrad as mg
from minigrad import nn


class LayerNorm(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.weight, self.bias = nn.Parameter(mg.ones(n)), nn.Parameter(mg.zeros(n))

    def forward(self, x):
        x = x - x.mean(-1, keepdim=True)
        return x / ((x * x).mean(-1, keepdim=True) + 1e-5).sqrt() * self.weight + self.bias


class Attention(nn.Module):
    def __init__(self, n, heads):
        super().__init__()
        self.heads, self.qkv, self.proj = heads, nn.Linear(n, 3 * n), nn.Linear(n, n)

    def forward(self, x):
        B, T, C = x.shape
        q, k, v = (t.reshape(B, T, self.heads, -1).transpose(1, 2) for t in mg.split(self.qkv(x), C, 2))
        a = (q @ k.transpose(2, 3) / math.sqrt(C // self.heads)).softmax(-1)
        return self.proj((a @ v).transpose(1, 2).reshape(B, T, C))


class Block(nn.Module):
    def __init__(self, n, heads):
        super().__init__()
        self.ln1, self.attn, self.ln2 = LayerNorm(n), Attention(n, heads), LayerNorm(n)
        self.mlp = nn.Sequential(nn.Linear(n, 4 * n), nn.ReLU(), nn.Linear(4 * n, n))

    def forward(self, x):
        x = x + self.attn(self.ln1(x))
        return x + self.mlp(self.ln2(x))


class Transformer(nn.Module):
    def __init__(self, words=20, n=16, length=6, blocks=4):
        super().__init__()
        self.tok, self.pos = nn.Parameter(mg.randn(words, n)), nn.Parameter(mg.randn(length, n))
        self.blocks = nn.ModuleList([Block(n, 4) for _ in range(blocks)])
        self.ln, self.head = LayerNorm(n), nn.Linear(n, words)

    def forward(self, words):
        x = self.tok[words] + self.pos
        for block in self.blocks:
            x = block(x)
        return self.head(self.ln(x))


class ConvNet(nn.Module):
    def __init__(self):
        super().__init__()
        sizes, layers = [1, 4, 4, 8, 8, 16, 16, 16, 16], []
        for i, (a, b) in enumerate(zip(sizes, sizes[1:])):
            layers += [nn.Conv2d(a, b, 3, padding=1), nn.ReLU(), *([nn.MaxPool2d(2)] if i in (1, 3) else [])]
        self.features, self.fc1, self.fc2 = nn.Sequential(*layers), nn.Linear(16 * 4, 32), nn.Linear(32, 10)

    def forward(self, x):
        return self.fc2(self.fc1(self.features(x).flatten(1)).relu())


def loss_of(net):
    """A loss of one of the two, on random data."""
    x = mg.randint(0, 20, (2, 6)) if isinstance(net, Transformer) else mg.randn(2, 1, 8, 8)
    out = net(x)
    return mg.nn.functional.cross_entropy(out.reshape(-1, out.shape[-1]), mg.zeros(out.numel() // out.shape[-1], dtype=mg.int64))
