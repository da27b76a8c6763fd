"""The names that no chapter of the course builds, by family, to look up; importing it adds them."""
# ruff: noqa: F401
from . import nn, optim, register

__all__: list[str] = []                # `nn` and `optim` here are not those of minigrad
