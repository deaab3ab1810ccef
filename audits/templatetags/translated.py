"""Django's `i18n` library, but that a fixed sentence is looked up once for each language.

Every page has a hundred of them, and Django looks for each in the catalogues of all packages.
"""

from django import template
from django.template import Context, Node
from django.template.base import Parser, Token
from django.templatetags import i18n
from django.templatetags.i18n import BlockTranslateNode, TranslateNode
from django.utils.translation import get_language

register = template.Library()
register.tags.update(i18n.register.tags)
register.filters.update(i18n.register.filters)


class FixedNode(Node):
    """A sentence without a value in it, and the name under which a page keeps it, if any."""

    child_nodelists = ()

    def __init__(self, sentence: TranslateNode, kept_as: str | None) -> None:
        self._sentence = sentence
        self._kept_as = kept_as
        self._said: dict[str | None, str] = {}

    def render(self, context: Context) -> str:
        language = get_language()
        if language not in self._said:
            self._said[language] = self._sentence.render(context)
        if self._kept_as is None:
            return self._said[language]
        context[self._kept_as] = self._said[language]
        return ""


class SentenceNode(BlockTranslateNode):
    """A sentence with values in it, taken apart once."""

    def __init__(self, node: BlockTranslateNode) -> None:
        self.__dict__.update(vars(node))
        self._parts: dict[int, tuple[str, list[str]]] = {}

    def render_token_list(self, tokens: list[Token]) -> tuple[str, list[str]]:
        if id(tokens) not in self._parts:
            self._parts[id(tokens)] = super().render_token_list(tokens)
        said, names = self._parts[id(tokens)]
        return said, [*names]


def _is_fixed(node: TranslateNode) -> bool:
    """Say whether nothing in the tag depends on the page: a text in quotes, and no more."""
    said = node.filter_expression
    literal = getattr(said.var, "literal", None)
    return isinstance(literal, str) and not said.filters and node.message_context is None


@register.tag("translate")
@register.tag("trans")
def translate(parser: Parser, token: Token) -> Node:
    """Read the tag as Django does."""
    node = i18n.do_translate(parser, token)
    if not _is_fixed(node):
        return node
    plain = TranslateNode(node.filter_expression, node.noop)
    return FixedNode(plain, node.asvar)


@register.tag("blocktranslate")
@register.tag("blocktrans")
def blocktranslate(parser: Parser, token: Token) -> Node:
    """Read the tag as Django does."""
    return SentenceNode(i18n.do_block_translate(parser, token))
