"""Templates are sent without their indentation, and with everything that somebody sees."""

import pytest
from django.template import Engine

from audits.web.templates import dense


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("<ul>\n    <li>a b  c</li>\n\n\n</ul>\n", "<ul>\n<li>a b  c</li>\n</ul>\n"),
        ("<a\n   href=x>one</a>   \n  <b>two</b>", "<a\nhref=x>one</a>\n<b>two</b>"),
        ("<pre>\n  as\n    it is</pre>\n  <p>", "<pre>\n  as\n    it is</pre>\n<p>"),
        ("<textarea a>\n  x</textarea>\n  ", "<textarea a>\n  x</textarea>\n"),
        ("{% if a %}\n    {{ b }}\n{% endif %}", "{% if a %}\n{{ b }}\n{% endif %}"),
        (
            "  \n{% blocktranslate %}\n    key\n{% endblocktranslate %}\n  x",
            "\n{% blocktranslate %}\n    key\n{% endblocktranslate %}\nx",
        ),
        ("{# a\n   note #}\n   x", "{# a\n   note #}\nx"),
        ("no break   here", "no break   here"),
        ("<a>\n{% if x %}\n<b>\n{% endif %}\n<c>", "<a>\n{% if x %}<b>\n{% endif %}<c>"),
        (
            "<a>\n{% if x %}\n<b>{% else %}\n<c>\n{% endif %}\n<d>",
            "<a>\n{% if x %}<b>{% else %}<c>\n{% endif %}\n<d>",
        ),
        ("a{% if x %}\nb\n{% endif %}\nc", "a{% if x %}\nb\n{% endif %}\nc"),
        (
            "<ul>\n{% for x in y %}\n<li>{% endfor %}\n</ul>",
            "<ul>\n{% for x in y %}\n<li>{% endfor %}\n</ul>",
        ),
        (
            '<p>\n{% translate "x" as y %}\n{% include "z" %}\n<b>\n{{ x }}\n<c>',
            '<p>\n{% translate "x" as y %}{% include "z" %}<b>\n{{ x }}\n<c>',
        ),
        ("<p>\n{% block x %}\n<b>", "<p>\n{% block x %}\n<b>"),
    ],
)
def test_blanks_that_hold_a_line_break_become_one(written: str, sent: str) -> None:
    assert dense(written) == sent


def test_pages_are_dense_and_letters_are_as_written() -> None:
    read = Engine.get_default().get_template
    page = read("portal.html").source
    assert "\n " not in page
    assert "<nav" in read("components/pagination.html").source
    letter = read("account/email/base_notification.txt").source
    assert "\n\n" in letter
