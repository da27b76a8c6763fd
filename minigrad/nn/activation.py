"""Activations as layers, for Sequential; each has its function in `functional`."""
from . import functional as F
from .module import Module


class ReLU(Module):
    """max(x, 0).

    >>> mg.nn.ReLU()(mg.tensor([-1., 2.]))
    tensor([0., 2.])
    """

    def __init__(self, inplace: bool = False):
        super().__init__()
        self.inplace = inplace                # a wish to save memory; the result is the same without

    def forward(self, input):
        return F.relu(input)


class Sigmoid(Module):
    """1 / (1 + e⁻ˣ).

    >>> mg.nn.Sigmoid()(mg.tensor([0.]))
    tensor([0.5000])
    """

    def forward(self, input):
        return F.sigmoid(input)


class Tanh(Module):
    """tanh x.

    >>> mg.nn.Tanh()(mg.tensor([0.]))
    tensor([0.])
    """

    def forward(self, input):
        return F.tanh(input)


class Softmax(Module):
    """eˣ / Σ eˣ along `dim`: probabilities. CrossEntropyLoss wants the logits before it.

    >>> mg.nn.Softmax(dim=1)(mg.zeros(1, 4))
    tensor([[0.2500, 0.2500, 0.2500, 0.2500]])
    """

    def __init__(self, dim: int | None = None):
        super().__init__()
        self.dim = dim

    def forward(self, input):
        return F.softmax(input, self.dim)

    def extra_repr(self):
        return f"dim={self.dim}"
