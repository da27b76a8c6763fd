"""Pictures of what happens: the graph behind a value, backward's walk, models, plots, the map."""
from .common.figures import show, show_images
from .common.picture import Picture
from .common.render import NoRenderer
from .common.style import use_style
from .common.theme import use_theme
from .draw import draw
from .film.step import Film, step
from .graph.drawing import Drawing
from .graph.record import record
from .map.growth import growth
from .tables.flow import gradient_flow
from .tables.parameters import parameters
from .tables.trace import trace

__all__ = ["Drawing", "Film", "NoRenderer", "Picture", "draw", "gradient_flow", "growth",
           "parameters", "record", "show", "show_images", "step", "trace", "use_style", "use_theme"]
