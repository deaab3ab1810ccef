"""The icons of heroicons, each drawn once: the package takes its drawing apart for every use."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

from django import template
from heroicons.templatetags import heroicons

register = template.Library()
_STYLES: Final[Mapping[str, Callable[..., str]]] = {
    "micro": heroicons.heroicon_micro,
    "mini": heroicons.heroicon_mini,
    "outline": heroicons.heroicon_outline,
}


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
