"""`{% url %}` as Django has it, but that each address is worked out once.

A long table has hundreds of addresses, each of which Django looks for among all of ours. An address
follows from its name and its numbers alone.
"""

from functools import lru_cache
from typing import Any, Final

from django import template
from django.template import Context, Node
from django.template.base import Parser, Token
from django.template.defaulttags import URLNode
from django.template.defaulttags import url as django_url
from django.urls import NoReverseMatch, get_script_prefix, get_urlconf, reverse
from django.utils.html import conditional_escape

register = template.Library()
_MOST_KEPT: Final = 10_000


@lru_cache(maxsize=_MOST_KEPT)
def _address(_urlconf: object, _prefix: str, name: str, given: tuple[Any, ...]) -> str:
    return reverse(name, args=given)


class AddressNode(URLNode):
    """An address whose parts stand in order; one with named parts is left to Django."""

    def render(self, context: Context) -> str:
        if self.kwargs:
            return str(super().render(context))
        name = self.view_name.resolve(context)
        given = tuple(one.resolve(context) for one in self.args)
        try:
            found = _address(get_urlconf(), get_script_prefix(), name, given)
        except NoReverseMatch:
            if self.asvar is None:
                raise
            found = ""
        if self.asvar is not None:
            context[self.asvar] = found
            return ""
        return conditional_escape(found) if context.autoescape else found


@register.tag
def url(parser: Parser, token: Token) -> Node:
    """Read the tag as Django does."""
    found = django_url(parser, token)
    return AddressNode(found.view_name, found.args, found.kwargs, found.asvar)
