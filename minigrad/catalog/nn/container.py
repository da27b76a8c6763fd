"""Parameters in a row or by name, without a computation of their own."""
from collections.abc import Iterable, Mapping

from ...nn.container import Dict, Row
from ...nn.module import Parameter
from ...tensor import Tensor


class ParameterList(Row):
    """A list of parameters; plain tensors become parameters.

    >>> scales = mg.nn.ParameterList([mg.ones(2), mg.zeros(1)])
    >>> len(scales), [name for name, p in scales.named_parameters()]
    (2, ['0', '1'])
    """

    _kind = Parameter

    def __init__(self, values: Iterable[Tensor] = ()):
        super().__init__(values)


class ParameterDict(Dict):
    """A dict of parameters; plain tensors become parameters.

    >>> scales = mg.nn.ParameterDict({"a": mg.ones(2), "b": mg.zeros(1)})
    >>> [name for name, p in scales.named_parameters()]
    ['a', 'b']
    """

    _kind = Parameter

    def __init__(self, parameters: Mapping | Iterable[tuple] | None = None):
        super().__init__(parameters)
