"""Pictures of what happens: the graph behind a value, backward's walk, plots, the map of the package."""
from .draw import Drawing, draw
from .flow import gradient_flow
from .growth import growth
from .picture import Picture
from .record import record
from .render import NoRenderer
from .show import show, show_images
from .step import Film, step
from .style import use_style
from .theme import use_theme
from .trace import trace

__all__ = ["Drawing", "Film", "NoRenderer", "Picture", "draw", "gradient_flow", "growth", "record", "show",
           "show_images", "step", "trace", "use_style", "use_theme"]
