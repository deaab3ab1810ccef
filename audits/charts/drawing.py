"""Small SVG pictures: presentation attributes only, so a page's style policy lets them through.

Every shape carries a class; a stylesheet may recolour it for the dark theme. Names come from
people: of a sign that XML does not allow, the reader of a picture would show nothing at all.
"""

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

from audits.charts.lettering import legible
from audits.charts.palette import LIGHT
from audits.charts.words import badge_word


def element(name: str, attributes: dict[str, str | float], content: str = "") -> str:
    """Write one element; ``content`` is markup already."""
    pairs = "".join(f" {key}={quoteattr(_text(value))}" for key, value in attributes.items())
    return f"<{name}{pairs}>{content}</{name}>" if content else f"<{name}{pairs}/>"


def words(text: str, attributes: dict[str, str | float]) -> str:
    return element("text", attributes, escape(legible(text)))


def dots(places: Iterable[tuple[float, float]], *, diameter: float, colour: str, kind: str) -> str:
    """Draw many dots as one path: points of a round pen."""
    path = "".join(f"M{_text(x)} {_text(y)}h.01" for x, y in places)
    if not path:
        return ""
    return element(
        "path",
        {
            "class": kind,
            "d": path,
            "fill": "none",
            "stroke": colour,
            "stroke-width": diameter,
            "stroke-linecap": "round",
        },
    )


def rated(
    place: tuple[float, float], size: tuple[float, float], badge: str, *, fill: str, letters: float
) -> list[str]:
    """Draw a cell of a grid that is tinted by a badge and says its word."""
    (x, y), (width, height) = place, size
    box: dict[str, str | float] = {
        "class": f"cell {badge}",
        "x": x + 1,
        "y": y + 1,
        "width": width - 2,
        "height": height - 2,
        "rx": 3,
        "fill": fill,
    }
    label: dict[str, str | float] = {
        "class": "word",
        "x": x + width / 2,
        "y": y + height / 2 + 3,
        "font-size": letters,
        "text-anchor": "middle",
        "fill": LIGHT.ink,
    }
    return [element("rect", box), words(badge_word(badge), label)]


def bar(place: tuple[float, float], size: tuple[float, float], *, fill: str, kind: str) -> str:
    """Draw a filled box."""
    (x, y), (width, height) = place, size
    return element(
        "rect",
        {"class": kind, "x": x, "y": y, "width": width, "height": height, "fill": fill},
    )


def line(
    start: tuple[float, float],
    end: tuple[float, float],
    *,
    colour: str,
    kind: str,
    width: float = 1,
    dashes: str = "",
) -> str:
    """Draw a straight line."""
    (x1, y1), (x2, y2) = start, end
    attributes: dict[str, str | float] = {
        "class": kind, "x1": x1, "y1": y1, "x2": x2, "y2": y2,
        "stroke": colour, "stroke-width": width,
    }  # fmt: skip
    return element("line", attributes | ({"stroke-dasharray": dashes} if dashes else {}))


def path(places: Iterable[tuple[float, float]], *, colour: str, kind: str, width: float = 2) -> str:
    """Draw a line from place to place."""
    steps = "L".join(f"{_text(x)} {_text(y)}" for x, y in places)
    if not steps:
        return ""
    return element(
        "path",
        {"class": kind, "d": f"M{steps}", "fill": "none", "stroke": colour, "stroke-width": width},
    )


AXIS: dict[str, str | float] = {"font-size": 9, "fill": LIGHT.muted, "class": "axis"}
WORD: dict[str, str | float] = {"font-size": 10, "fill": LIGHT.ink, "class": "word"}


def cut(text: str, most: int) -> str:
    """Shorten a name to what fits; the table beside the picture has all of it."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def hover(told: str) -> str:
    """What the drawing library says of a point, without a box for the name of its line."""
    return f"{told}<extra></extra>"


def picture(
    width: float, height: float, *, title: str, parts: Iterable[str], kind: str = ""
) -> bytes:
    attributes: dict[str, str | float] = {
        "xmlns": "http://www.w3.org/2000/svg",
        "viewBox": f"0 0 {_text(width)} {_text(height)}",
        "width": width,
        "height": height,
        "role": "img",
        "aria-label": title,
        "font-family": "system-ui, DejaVu Sans, sans-serif",
    }
    content = element("title", {}, escape(legible(title))) + "".join(parts)
    return element("svg", attributes | ({"class": kind} if kind else {}), content).encode()


def on_paper(drawn: bytes) -> bytes:
    """Put white paper behind a picture that leaves the page: dark words need a light ground."""
    head, end, rest = drawn.partition(b"</title>")
    paper = element("rect", {"width": "100%", "height": "100%", "fill": LIGHT.paper})
    return head + end + paper.encode() + rest if b"matplotlib" not in drawn else drawn


def _text(value: str | float) -> str:
    return legible(value) if isinstance(value, str) else f"{value:g}"
