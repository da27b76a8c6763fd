"""Tooltips: inside an SVG as `<title>`, over an `<img>` as see-through boxes."""
import re

from .markup import attribute

GROUP = re.compile(r'<g id="([^"]*)" class="node">\n<title>(.*?)</title>(.*?)</g>', re.DOTALL)
NUMBER = r"(-?[\d.]+),(-?[\d.]+)"


def with_tooltips(svg: str, tips: dict[str, str]) -> str:
    """The SVG with the tips as its boxes' titles, by their ids."""
    def titled(found):
        tip = attribute(tips.get(found[1], found[2]))
        return f'<g id="{found[1]}" class="node">\n<title>{tip}</title>{found[3]}</g>'
    return GROUP.sub(titled, svg)


def layered(figure: str, svg: str, tips: dict[str, str]) -> str:
    """The figure with a layer over its picture, placed in percents, so that it fits at any size."""
    box = re.search(r'viewBox="([-\d.]+) ([-\d.]+) ([\d.]+) ([\d.]+)"', svg)
    left, top, width, height = map(float, box.groups())
    shift = re.search(r'translate\((-?[\d.]+)[ ,](-?[\d.]+)\)', svg)
    dx, dy = (float(shift[1]), float(shift[2])) if shift else (0.0, 0.0)
    boxes = []
    for name, _, inside in GROUP.findall(svg):
        points = [(x + dx - left, y + dy - top) for x, y in outline(inside)]
        if name in tips and points:
            (x0, x1), (y0, y1) = ((min(axis), max(axis)) for axis in zip(*points))
            place = (f"left:{100 * x0 / width:.2f}%;top:{100 * y0 / height:.2f}%;"
                     f"width:{100 * (x1 - x0) / width:.2f}%;height:{100 * (y1 - y0) / height:.2f}%")
            title = f'title="{attribute(tips[name])}"'
            boxes.append(f'<span {title} style="position:absolute;{place}"></span>')
    opened = ('<figure style="margin:0"><div style="position:relative;display:inline-block;'
              'max-width:100%">')
    closed = f"{''.join(boxes)}</div></figure>"
    return figure.replace('<figure style="margin:0">', opened, 1).replace("</figure>", closed, 1)


def outline(inside: str) -> list[tuple[float, float]]:
    """The coordinates of a box: of its polygon or path, or the corners around its ellipse."""
    ellipse = re.search(r'<ellipse[^>]* cx="([-\d.]+)" cy="([-\d.]+)" rx="([\d.]+)" ry="([\d.]+)"',
                        inside)
    if ellipse:
        x, y, rx, ry = map(float, ellipse.groups())
        return [(x - rx, y - ry), (x + rx, y + ry)]
    lines = " ".join(re.findall(r' (?:points|d)="([^"]*)"', inside))
    return [(float(x), float(y)) for x, y in re.findall(NUMBER, lines)]
