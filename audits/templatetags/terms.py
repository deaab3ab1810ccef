"""A technical word leads to its meaning, and shows it on hover.

`{% term "Leak factor" %}` links one word, `{{ sentence|explained }}` those that a sentence has.
"""

from django import template
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from audits.queries import glossary
from audits.queries.glossary import Term

register = template.Library()


def _link(found: Term, label: str) -> SafeString:
    return format_html(
        '<a class="term" href="{}#{}" title="{}">{}</a>',
        reverse("glossary"),
        found.anchor,
        found.meaning,
        label,
    )


@register.simple_tag
def term(word: str, label: str = "") -> SafeString:
    """Link a word, or what it is called here, to the glossary; unknown words are an error."""
    return _link(glossary.term(word), label or word)


@register.filter
def explained(text: object) -> SafeString:
    """Link each term of a text where it is said first. Not for the inside of links and buttons."""
    pieces = (
        (_link(part.term, part.text) if part.term is not None else part.text,)
        for part in glossary.parts(str(text))
    )
    return format_html_join("", "{}", pieces)


@register.filter
def explained_help(text: object) -> SafeString:
    """Do the same for the help of a field; what a library sends as HTML stays as it is."""
    said = str(text)
    return said if isinstance(said, SafeString) else explained(said)
