"""show: a matplotlib figure with words; show_images: a grid of small images."""
import io
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .glyphs import spelled
from .picture import Picture
from .style import INK, styled

OTHERS = ("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "WenQuanYi Zen Hei",
          "WenQuanYi Micro Hei", "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "SimHei",
          "Arial Unicode MS", "Noto Emoji", "Segoe UI Emoji", "Segoe UI Symbol", "Symbola")
DPI = 144            # twice what is shown: sharp on fine screens


def show(alt: str, fig: Any = None) -> Picture:
    """The current matplotlib figure (or `fig`) as a picture with an alternative text; it is closed.

    >>> import matplotlib; matplotlib.use("agg")
    >>> import matplotlib.pyplot as plt
    >>> line = plt.plot([1, 4, 9])
    >>> show("the squares of 1, 2 and 3")
    picture: the squares of 1, 2 and 3

    alt: what somebody who cannot see the picture should know. The same figure gives the same bytes
    every time. Raises ValueError for an empty alt, or when there is no figure.
    """
    import matplotlib.pyplot as plt
    if not alt or not alt.strip():
        raise ValueError("show: expected a sentence about the picture for those who cannot see it; "
                         "got an empty alt")
    if fig is None:
        if not plt.get_fignums():
            raise ValueError("show: there is no figure; plot something first, or pass fig=")
        fig = plt.gcf()
    alt = " ".join(alt.split())
    png = io.BytesIO()
    try:
        with _readable(fig):
            fig.savefig(png, format="png", dpi=DPI, metadata={"Software": None})
    finally:
        plt.close(fig)
    width = round(fig.get_figwidth() * DPI / 2)
    picture = Picture(f"picture: {alt}", alt, png=png.getvalue(), width=width)
    places = [axis.get_position() for axis in fig.axes
              if axis.images or any(type(mesh).__name__ == "QuadMesh" for mesh in axis.collections)]
    picture.photos = [(box.x0, 1 - box.y1, box.width, box.height) for box in places]
    return picture


def _readable(fig: Any) -> Any:
    """While it is on, letters that DejaVu has not come from other fonts; without one, in words."""
    import matplotlib as mpl
    from matplotlib.font_manager import findfont, fontManager, get_font
    from matplotlib.text import Text
    installed = set(fontManager.get_font_names())
    others = [family for family in OTHERS if family in installed]
    fonts = [get_font(findfont(family)) for family in ("DejaVu Sans", *others)]

    def readable(text):
        return "".join(letter if letter.isascii() or any(
            font.get_char_index(ord(letter)) for font in fonts) else spelled(letter)
            for letter in text)
    for text in fig.findobj(Text):
        text.set_text(readable(text.get_text()))
    for axis in (one for axes in fig.axes for one in (axes.xaxis, axes.yaxis)):
        places = axis.get_majorticklocs()
        labels = axis.get_major_formatter().format_ticks(places)
        if any(readable(label) != label for label in labels):
            axis.set_ticks(places, [readable(label) for label in labels])
    return mpl.rc_context({"font.sans-serif": [*mpl.rcParams["font.sans-serif"], *others]})


def show_images(arrays: Sequence[Any], titles: Sequence[Any] | None = None,
                columns: int | None = None, *,
                alt: str, size: float = 1.1, signed: bool | None = None) -> Picture:
    """Small images side by side: digits, kernels, feature maps.

    >>> import matplotlib; matplotlib.use("agg")
    >>> pair = [mg.zeros(28, 28), mg.ones(28, 28)]
    >>> show_images(pair, titles=["nothing", "everything"], alt="black and white")
    picture: black and white

    arrays: tensors or arrays of shape (H, W), (1, H, W) or (3, H, W), or one array of shape
    (N, H, W) or (N, C, H, W).
    columns: at most ten by default. size: of an image, in inches.
    signed: zero is white, red above, blue below, as for kernels; by default if a value is negative.
    All images share one scale, so that they can be compared.
    Raises ValueError for other shapes, or a wrong number of titles.
    """
    import matplotlib.pyplot as plt
    images = [_image(x) for x in arrays]
    if not images:
        raise ValueError("show_images: expected at least one image, got none")
    if titles is not None and len(titles) != len(images):
        raise ValueError(f"show_images: expected a title for each of {len(images)} images, "
                         f"got {len(titles)}")
    finite = np.concatenate([image[np.isfinite(image)] for image in images])
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    if signed if signed is not None else low < 0:
        high = max(abs(low), abs(high)) or 1.0
        look = {"cmap": "RdBu_r", "vmin": -high, "vmax": high}
    else:
        low = min(low, 0.0)
        look = {"cmap": "gray", "vmin": low, "vmax": high if high > low else 1.0}
    columns = min(columns or 10, len(images))
    height = size * max(image.shape[0] / image.shape[1] for image in images)
    height += 0.25 if titles is not None else 0
    down = math.ceil(len(images) / columns)
    with styled():
        fig, axes = plt.subplots(down, columns, squeeze=False,
                                 figsize=(size * columns + 0.1, height * down + 0.1))
        fig.get_layout_engine().set(w_pad=0.03, h_pad=0.03)
        for axis in axes.flat:
            axis.set_axis_off()
        for i, (axis, image) in enumerate(zip(axes.flat, images)):
            axis.imshow(image, **look)
            if titles is not None:
                axis.set_title(str(titles[i]), fontsize=9.5, loc="center", pad=3, color=INK,
                               weight="normal")
        return show(alt, fig)


def _image(x: Any) -> np.ndarray:
    """An image as matplotlib takes it: (H, W), or (H, W, 3)."""
    image = np.asarray(getattr(x, "value", x), dtype=float)
    if image.ndim == 3 and image.shape[0] in (1, 3):
        image = image[0] if image.shape[0] == 1 else image.transpose(1, 2, 0)
    if image.ndim != 2 and not (image.ndim == 3 and image.shape[2] == 3) or image.size == 0:
        raise ValueError("show_images: expected images of shape (H, W), (1, H, W) or (3, H, W); "
                         f"got {image.shape}")
    return image
