"""Operators that no chapter builds: `//`, `%` and those of bits; importing adds them to Tensor."""
from ..public import Published
from ..tensor import _operator
from .elementwise import (bitwise_and, bitwise_left_shift, bitwise_not, bitwise_or,
                          bitwise_right_shift, bitwise_xor, floor_divide, positive, remainder)

for _name, _function in (("floordiv", floor_divide), ("mod", remainder), ("and", bitwise_and),
                         ("or", bitwise_or), ("xor", bitwise_xor)):
    setattr(Published, f"__{_name}__", _operator(_function))
    setattr(Published, f"__r{_name}__", _operator(_function, swapped=True))
    setattr(Published, f"__i{_name}__", getattr(Published, f"{_function.__name__}_"))
Published.__lshift__ = _operator(bitwise_left_shift)
Published.__rshift__ = _operator(bitwise_right_shift)
Published.__pos__, Published.__invert__ = positive, bitwise_not
