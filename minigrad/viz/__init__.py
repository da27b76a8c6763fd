"""Pictures of what happens: the graph behind a value, backward's walk, plots, the map of the package."""
from .draw import Drawing, draw
from .flow import gradient_flow
from .growth import growth
from .picture import Picture
from .render import NoRenderer
from .show import show, show_images
from .style import use_style
from .trace import trace

__all__ = ["Drawing", "NoRenderer", "Picture", "draw", "gradient_flow", "growth", "show", "show_images", "trace",
           "use_style"]
