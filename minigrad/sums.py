"""How gradients add up in a backward sweep: who owns an array, and what may be written to.

The contract: a rule returns a fresh array, `g` itself, or a view. Only a fresh array belongs to the
node that it is for; what comes later is added into it.
"""
import numpy as np

from .kernels import total

ndarray = np.ndarray


class Sums(dict):
    """{node: what it has received so far}; `mine`: the nodes whose array nobody else holds."""

    def __init__(self, seeds):
        super().__init__(seeds)
        self.mine = set()

    def add(self, x, gx, g):
        """x receives gx, which a rule has made of g."""
        if gx.shape != x.value.shape:
            gx, g = unbroadcast(gx, x.value.shape), None
        if x not in self:
            self[x] = gx
        elif x in self.mine:
            np.add(self[x], gx, out=self[x])
            return
        else:
            self[x] = gx = self[x] + gx
        if gx is not g and gx.__class__ is ndarray and gx.base is None:
            self.mine.add(x)

    def into(self, x, op, g, settings):
        """The same where an operation (an index) can add its part without zeros around it."""
        if x not in self.mine:
            return False
        op.into(self[x], g, **settings)
        return True

    def take(self, x, g):
        """The gradient of x, for keeps: a copy, if others may hold the same array."""
        return np.array(g) if isinstance(g, (ndarray, np.generic)) and x not in self.mine else g


def unbroadcast(g, shape):
    """Broadcasting repeats; its adjoint sums the repeats."""
    lead = g.ndim - len(shape)
    wide = (i + lead for i, n in enumerate(shape) if n == 1 != g.shape[i + lead])
    axes = *range(lead), *wide
    return (total(g, axis=axes) if isinstance(g, ndarray) else g.sum(axes)).reshape(shape)
