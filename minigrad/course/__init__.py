"""What the notebooks use beside the library: the outline and the source of what a chapter built.

The library never imports this package; notebooks may.
"""

from .outline import Chapter, built_before, chapter, chapters
from .source import source

__all__ = ["Chapter", "built_before", "chapter", "chapters", "source"]
