"""What `make lab` tells the kernels it starts: on which Python they should run, and for whom."""

import os
import sys
from pathlib import Path

KERNEL = "Python 3 (ipykernel)"          # the name that Jupyter gives the Python it runs on itself
PREFIX, READER = "MINIGRAD_PREFIX", "MINIGRAD_READER"

# A bar of progress for `tqdm(bar_format=BAR)`. A reader sees the time that is left; what is stored
# and compared knows no time. `remaining` has a fixed width, so that the bar does not jump.
BAR = "{desc} |{bar:40}| {n_fmt}/{total_fmt} batches{postfix}"
if READER in os.environ:
    BAR = "{desc} |{bar:40}| {n_fmt}/{total_fmt} batches, {remaining:>7} left{postfix}"


def for_readers() -> dict[str, str]:
    """The environment by which kernels know that `make lab` started them, from this Python."""
    return {PREFIX: sys.prefix, READER: "1"}


def check_kernel() -> None:
    """Say so if this notebook runs on another Python than the one that `make lab` started.

    >>> from minigrad.course import check_kernel
    >>> check_kernel()
    """
    wanted = os.environ.get(PREFIX)
    if wanted and Path(wanted).resolve() != Path(sys.prefix).resolve():
        print(f"This notebook runs on the Python in {sys.prefix}; the course was started on the "
              f"one in {wanted}.\nTo change over: menu Kernel, Change Kernel…, {KERNEL}.")
