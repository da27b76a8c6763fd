"""Networks as chapters build them, to use and to read: `from minigrad.models import GPT`."""
from .gpt import GPT, Cache, GPTConfig

__all__ = ["GPT", "Cache", "GPTConfig"]
