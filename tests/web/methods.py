"""Which methods a view takes, read off the view itself, so that the matrix can demand its rows."""

import dis
import inspect
import re
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

GET, POST = "get", "post"
# How a view of ours looks at what was sent, or hands it to whoever does.
_LOOKS = re.compile(r"\.(POST|FILES)\b|\.method\s*(==|!=|in)")
View = Callable[..., Any]


def views() -> Iterator[tuple[str, View]]:
    """Every name that the portal answers to, and what answers."""

    def walk(patterns: list[URLPattern | URLResolver], space: str) -> Iterator[tuple[str, View]]:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
                yield from walk(pattern.url_patterns, inner)
            else:
                yield f"{space}{pattern.name}", pattern.callback

    yield from walk(get_resolver().url_patterns, "")


def methods_of(view: View) -> set[str]:
    """What the view answers as a page or as a form, whatever else it may refuse."""
    made_of = getattr(view, "view_class", None) or getattr(view, "cls", None)
    if made_of is not None:
        of_api = getattr(view, "actions", None)
        taken = of_api if of_api is not None else dir(made_of)
        return {method for method in (GET, POST) if method in taken}
    named = _named_by_decorators(view)
    if named is not None:
        return named
    return {GET, POST} if _takes_forms(inspect.unwrap(view), set()) else {GET}


def _named_by_decorators(view: View) -> set[str] | None:
    """What `require_POST` and the like let through; None where none of them is there."""
    layer: Any = view
    while layer is not None:
        if inspect.isfunction(layer):
            kept = inspect.getclosurevars(layer).nonlocals.get("request_method_list")
            if kept is not None:
                return {method for method in (GET, POST) if method.upper() in kept}
        layer = getattr(layer, "__wrapped__", None)
    return None


def _takes_forms(function: View, seen: set[View]) -> bool:
    """Say whether a function of ours looks at a body, itself or through others in `audits.web`."""
    seen.add(function)
    if _LOOKS.search(inspect.getsource(function)):
        return True
    used = inspect.getclosurevars(function)
    # The standard library takes an attribute for the global of the same name: `row.columns` is not
    # the view `columns`, and `list_files.chosen` is not the `chosen` beside it.
    named = {one.argval for one in dis.get_instructions(function) if one.opname == "LOAD_GLOBAL"}
    reached = [value for name, value in used.globals.items() if name in named]
    reached += used.nonlocals.values()
    modules = [value for value in reached if isinstance(value, ModuleType)]
    attributes = {*used.unbound, *used.globals}
    reached += [getattr(module, name, None) for module in modules for name in attributes]
    return any(
        _takes_forms(inspect.unwrap(one), seen)
        for one in reached
        if inspect.isfunction(one)
        and one.__module__.startswith("audits.web.")
        and inspect.unwrap(one) not in seen
    )
