"""What the notebooks use beside the library: the outline and the source of what a chapter built.

The library never imports this package; notebooks may.
"""

from .here import BAR, check_kernel
from .outline import Chapter, built_before, chapter, chapters
from .source import source

__all__ = ["BAR", "Chapter", "built_before", "chapter", "chapters", "check_kernel", "source"]
