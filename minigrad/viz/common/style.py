"""The colours and the matplotlib style of the course; colour-blind readers can tell them apart."""

INK, SOFT, LINE, PAPER = "#1f2937", "#64748b", "#8494a8", "#ffffff"
BLUE, AMBER, GREEN = "#2f6db5", "#b45309", "#1f8a70"
RED, VIOLET, GREY = "#c2410c", "#7b5aa6", "#5b6675"
BLUE_WASH, AMBER_WASH, GREY_WASH = "#eaf2fb", "#fff6e5", "#f1f4f7"
CYCLE = ["#2f6db5", "#e08214", "#117a5b", "#c04a8b", "#7cbcea", "#3b4350"]

SETTINGS = {
    "figure.figsize": (7, 4), "figure.facecolor": PAPER, "figure.constrained_layout.use": True,
    "figure.constrained_layout.w_pad": 0.14, "figure.constrained_layout.h_pad": 0.12,
    "axes.facecolor": PAPER, "axes.edgecolor": LINE, "axes.linewidth": 0.8, "axes.axisbelow": True,
    "axes.labelcolor": INK, "axes.titlecolor": INK, "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left", "axes.titlepad": 10, "axes.labelsize": 10.5,
    "axes.spines.top": False,
    "axes.spines.right": False, "axes.grid": True, "grid.color": "#e5e9ef", "grid.linewidth": 0.8,
    "xtick.color": SOFT, "ytick.color": SOFT, "xtick.labelsize": 9.5, "ytick.labelsize": 9.5,
    "xtick.major.size": 0, "ytick.major.size": 0, "lines.linewidth": 2, "lines.markersize": 5,
    "lines.solid_capstyle": "round", "legend.frameon": False, "legend.fontsize": 10,
    "text.color": INK,
    "font.family": "sans-serif", "font.sans-serif": ["DejaVu Sans"], "savefig.facecolor": PAPER,
    "image.cmap": "cividis", "image.interpolation": "nearest",
}


def use_style() -> None:
    """Give all matplotlib figures that follow the look of the course.

    >>> use_style()
    """
    import matplotlib as mpl
    mpl.rcParams.update(_settings())


def styled():
    """The look of the course for the figures made in a `with` block."""
    import matplotlib as mpl
    return mpl.rc_context(_settings())


def _settings() -> dict:
    from cycler import cycler
    return SETTINGS | {"axes.prop_cycle": cycler(color=CYCLE)}
