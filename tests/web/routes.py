"""Every address of the portal, found where Django itself looks."""

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver


def addresses() -> Iterator[tuple[str, str]]:
    """Every name and pattern that the portal answers to."""

    def walk(
        patterns: list[URLPattern | URLResolver], prefix: str, space: str
    ) -> Iterator[tuple[str, str]]:
        for pattern in patterns:
            route = prefix + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
                yield from walk(pattern.url_patterns, route, inner)
            else:
                yield f"{space}{pattern.name}", route

    yield from walk(get_resolver().url_patterns, "", "")
