"""Operators that no chapter builds: `//`, `%`, and those of bits."""
from ..public import Published
from ..tensor import _operator
from .elementwise import (bitwise_and, bitwise_left_shift, bitwise_not, bitwise_or,
                          bitwise_right_shift, bitwise_xor, floor_divide, positive, remainder)

def publish_operators():
    """Hand them to Tensor; they need the methods in place, which `publish` hands over."""
    for name, function in (("floordiv", floor_divide), ("mod", remainder), ("and", bitwise_and),
                           ("or", bitwise_or), ("xor", bitwise_xor)):
        setattr(Published, f"__{name}__", _operator(function))
        setattr(Published, f"__r{name}__", _operator(function, swapped=True))
        setattr(Published, f"__i{name}__", getattr(Published, f"{function.__name__}_"))
    Published.__lshift__, Published.__rshift__ = map(_operator, (bitwise_left_shift,
                                                                bitwise_right_shift))
    Published.__pos__, Published.__invert__ = positive, bitwise_not
