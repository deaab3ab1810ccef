"""Sentences of templates stand whole in one translate or blocktranslate: none is put together.

Another language puts the same words in another order, so a sentence cannot begin in one place and
go on in the next. Values and further texts that stand directly beside a text, with nothing of the
page between them, are found here; so are whole sentences that are none.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.architecture.sources import ROOT

_BLOCK = re.compile(
    r"\{%\s*blocktranslate\b(?P<head>[^%]*(?:%(?!\})[^%]*)*)%\}(?P<body>.*?)"
    r"\{%\s*endblocktranslate\s*%\}",
    re.DOTALL,
)
_TOKEN = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}|<(?:\{[%{].*?[%}]\}|[^>])*>", re.DOTALL)
_TEXT = re.compile(r"\"(.*)\"|'(.*)'", re.DOTALL)
# What stands inside a line, and breaks no sentence; a link with a look of its own is a button.
_INLINE = re.compile(
    r"</?(?:strong|em|b|i|abbr|time|bdi|code)\b|</span"
    r"|<span class=\"(?:visually-hidden|nowrap|muted|small|mono[^\"]*)\""
)
_LINK, _LINK_ENDS = re.compile(r"<a\b(?![^>]*class=)"), re.compile(r"</a\b")
_VALUES, _PASSED_OVER = {"ago", "rank"}, {"if", "endif", "with", "endwith", "url", "querystring"}
_ENDS, _LABEL = re.compile(r"[.?!…:]$"), re.compile(r"^[A-Z][^.]*:$")
_WORD = re.compile(r"[A-Za-z]{2,}")
# The same in every language.
_NAMES = {"SHA-256", "· MIA Portal", "MIA Portal", "MIA Portal,"}
# Each with why it is none.
NO_SENTENCE = {
    "api_token/made.html": "a command line",
    "audit/numbers.html": "a remark on the figures, and a link after it",
    "components/badge.html": "a word, and for who does not see that it is struck what that means",
    "components/client_switcher.html": "the client that is chosen, and what the button does",
    "components/entrance_aside.html": "a heading and its text",
    "components/jobs_indicator.html": "a figure for the eye, then two counts, each whole",
    "lists/whole.html": "an address",
    "mfa/passkey_words.html": "attributes of a form",
}


class Piece(NamedTuple):
    """A stretch of a template: a text, raw words, a value, a link's start or end, or a bound."""

    kind: str
    words: str
    line: int


def pieces(template: str) -> Iterator[Piece]:
    """What a template shows, in order; what ends a sentence as the page is laid out is a bound."""
    at = 0
    while at < len(template):
        line = template.count("\n", 0, at) + 1
        if found := _BLOCK.match(template, at):
            if " asvar " not in found["head"]:
                yield Piece("text", found["body"].split("{% plural %}")[-1].strip(), line)
        elif found := _TOKEN.match(template, at):
            yield from _of_token(found[0], line)
        else:
            found = re.compile(r".[^{<]*", re.DOTALL).match(template, at)
            assert found is not None
            if found[0].strip():
                yield Piece("raw", found[0].strip(), line)
        at = found.end()


def _of_token(token: str, line: int) -> Iterator[Piece]:
    if token.startswith("{{"):
        yield Piece("value", token, line)
    elif token.startswith("{%"):
        yield from _of_tag(token, line)
    elif _LINK.match(token):
        yield Piece("link", token, line)
    elif _LINK_ENDS.match(token):
        yield Piece("link ends", token, line)
    elif not token.startswith("{#") and not _INLINE.match(token):
        yield Piece("bound", token, line)


def _of_tag(tag: str, line: int) -> Iterator[Piece]:
    name, kept = tag[2:].split(maxsplit=1)[0], re.search(r"\sas\s+\w+\s*%\}$", tag)
    if name == "translate" and not kept:
        text = _TEXT.search(tag)
        yield Piece("text", (text[1] or text[2]) if text else "", line)
    elif name in _VALUES and not kept:
        yield Piece("value", tag, line)
    elif name not in _PASSED_OVER and not kept:
        yield Piece("bound", tag, line)


def beside(found: list[Piece]) -> Iterator[tuple[Piece, Piece]]:
    """Pieces with nothing between them; two links one after the other are two things."""
    before: Piece | None = None
    link_ended = False
    for piece in found:
        if piece.kind == "link ends":
            link_ended = True
        elif piece.kind == "link":
            before = None if link_ended else before
        else:
            if before is not None:
                yield before, piece
            before = None if piece.kind == "bound" else piece
            link_ended = False


def is_glued(one: Piece, other: Piece) -> bool:
    if other.kind == "bound" or _NAMES & {one.words, other.words}:
        return False
    kinds = {one.kind, other.kind}
    if kinds == {"text"}:
        return not _ENDS.search(one.words) or other.words[:1].islower()
    if kinds == {"text", "value"}:
        if one.kind == "text":
            return not re.search(r"[.?!…]$", one.words) and not _LABEL.match(one.words)
        return not other.words[:1].isupper()
    if kinds == {"text", "raw"}:
        raw = one.words if one.kind == "raw" else other.words
        return bool(_WORD.search(raw) or re.search(r"^[,;:()]|[(]$", raw))
    words = one.words if one.kind == "raw" else other.words
    return "raw" in kinds and bool(_WORD.search(words))


def glued(template: str) -> list[str]:
    found = beside(list(pieces(template)))
    return [f"{a.line}: {a.words} | {b.words}" for a, b in found if is_glued(a, b)]


@pytest.mark.parametrize(
    "template",
    [
        '{% translate "tested" %} {% ago day %}',
        '{% translate "left out:" %} {{ columns }}',
        "{% blocktranslate %}{{ n }} here{% endblocktranslate %}, {{ kind }} {% translate 'x' %}",
        '{% translate "Set up" %}<span class="visually-hidden"> {{ name }}</span>',
        '({% translate "optional" %})',
        '{{ who }} {% translate "did it" %}',
        '{% translate "Read" %} <a href="{{ url }}">{% translate "the terms" %}</a>',
        "{{ n }} models",
        "{{ n }} {% translate 'and' %}",
        "{% translate 'It is' %} {% translate 'late.' %}",
        "<code>{{ n }}</code>\n{% translate 'is the number.' %}",
    ],
)
def test_search_finds_a_sentence_in_pieces(template: str) -> None:
    assert glued(template)


@pytest.mark.parametrize(
    "template",
    [
        "{% ago day as when %}{% blocktranslate %}tested {{ when }}{% endblocktranslate %}",
        '{% translate "Where to look:" %} {{ place }}',
        '{% translate "One sentence." %} {% translate "And the next." %}',
        '<a href="/a/">{% translate "One" %}</a> <a href="/b/">{% translate "Two" %}</a>',
        '<dt>{% translate "Name" %}</dt><dd>{{ name }}</dd>',
        "{{ name }} · {{ kind }}",
        '{% translate "Kept" as label %}{{ name }}',
    ],
)
def test_search_leaves_what_is_whole(template: str) -> None:
    assert glued(template) == []


def test_no_template_puts_a_sentence_together() -> None:
    folder = ROOT / "templates"
    listed = sorted(path for path in folder.rglob("*") if path.is_file())
    assert len(listed) > 300
    found = {str(path.relative_to(folder)): glued(_read(path)) for path in listed}
    in_pieces = {name: said for name, said in found.items() if said}
    assert {name for name in NO_SENTENCE if name not in in_pieces} == set()
    assert {name: said for name, said in in_pieces.items() if name not in NO_SENTENCE} == {}


def _read(path: Path) -> str:
    """A line of a letter is one on the page, whatever it is laid out as."""
    text = path.read_text(encoding="utf-8")
    return text.replace("\n", "<br>\n") if path.suffix == ".txt" else text
