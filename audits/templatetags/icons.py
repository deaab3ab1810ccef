"""The icons of heroicons, each drawn once: the package takes its drawing apart for every use.

`{% shared_icons %}…{% endshared_icons %}` has a page send each drawing once as well.
"""

import re
import zlib
from collections import Counter
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

from django import template
from django.template import Context, Node, NodeList
from django.template.base import Parser, Token
from django.utils.safestring import SafeString, mark_safe
from heroicons.templatetags import heroicons

register = template.Library()
_STYLES: Final[Mapping[str, Callable[..., str]]] = {
    "micro": heroicons.heroicon_micro,
    "mini": heroicons.heroicon_mini,
    "outline": heroicons.heroicon_outline,
}
# A small icon as the package draws it. What people type is escaped and never looks like one.
_DRAWING: Final = re.compile(
    r'<svg viewBox="0 0 20 20" fill="currentColor" aria-hidden="true" width="16" height="16">'
    r"\s*(.*?)\s*</svg>",
    re.DOTALL,
)


@lru_cache(maxsize=1000)
def _drawn(style: str, name: str, size: int, attributes: tuple[tuple[str, str], ...]) -> str:
    return _STYLES[style](name, size=size, **dict(attributes))


def _icon(style: str, name: str, size: int, attributes: Mapping[str, object]) -> str:
    said = tuple((key, str(value)) for key, value in attributes.items())
    return _drawn(style, name, size, said)


@register.simple_tag
def heroicon_micro(name: str, *, size: int = 16, **attributes: object) -> str:
    return _icon("micro", name, size, attributes)


@register.simple_tag
def heroicon_mini(name: str, *, size: int = 20, **attributes: object) -> str:
    return _icon("mini", name, size, attributes)


@register.simple_tag
def heroicon_outline(name: str, *, size: int = 24, **attributes: object) -> str:
    return _icon("outline", name, size, attributes)


class SharedIcons(Node):
    """Draws each small icon once, behind what it wraps, and refers to it wherever it stands."""

    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist

    def render(self, context: Context) -> SafeString:
        written = self.nodelist.render(context)
        times = Counter(_DRAWING.findall(written))
        names = {drawing: _name(drawing) for drawing, n in times.items() if n > 1}

        def referred(found: re.Match[str]) -> str:
            if found[1] not in names:
                return found[0]
            return f'<svg aria-hidden="true"><use href="#{names[found[1]]}"/></svg>'

        symbols = "".join(
            f'<symbol id="{name}" viewBox="0 0 20 20">{drawing}</symbol>'
            for drawing, name in names.items()
        )
        sheet = f"<svg hidden>{symbols}</svg>" if symbols else ""
        return mark_safe(_DRAWING.sub(referred, written) + sheet)  # noqa: S308 - rendered already


def _name(drawing: str) -> str:
    """The same for one drawing wherever it stands, so that two tables of a page agree."""
    return f"i-{zlib.crc32(drawing.encode()):x}"


@register.tag
def shared_icons(parser: Parser, _token: Token) -> Node:
    nodelist = parser.parse(("endshared_icons",))
    parser.delete_first_token()
    return SharedIcons(nodelist)
