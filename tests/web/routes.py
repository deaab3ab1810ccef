"""Every address of the portal, found where Django itself looks."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver


def addresses() -> list[tuple[str, str]]:
    """Every name and pattern that the portal answers to."""
    return [(name, route) for name, route, _pattern in _walk(get_resolver().url_patterns, "", "")]


@cache
def route_of(name: str) -> str:
    """The pattern behind one name; asked for with every page of the matrix."""
    return dict(addresses())[name]


def views() -> dict[str, Callable[..., Any]]:
    """The functions behind pages of our own, by the name of their address."""
    return {
        name: pattern.callback
        for name, _route, pattern in _walk(get_resolver().url_patterns, "", "")
        if pattern.callback.__module__.startswith("audits.web.")
    }


def _walk(
    patterns: list[URLPattern | URLResolver], prefix: str, space: str
) -> Iterator[tuple[str, str, URLPattern]]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from _walk(pattern.url_patterns, route, inner)
        else:
            yield f"{space}{pattern.name}", route, pattern
