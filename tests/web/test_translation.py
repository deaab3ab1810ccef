"""A translation that is put into the folder of its language changes what a page says."""

import re
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from django.template.autoreload import reset_loaders
from django.test import Client as Browser
from django.test.signals import setting_changed
from django.urls import reverse
from pytest_django.fixtures import Settings

from audits.charts.words import WORDS
from audits.guidance import wording
from audits.web import translated
from tests import casts
from tests.architecture.sources import ROOT
from tests.factories import World
from tests.web.reading import address, html_of

LITERAL = re.compile(r"""\{%\s*translate\s+"([^"%]+)"[^%]*%\}""")


@pytest.fixture
def world(cast_logged_in: World) -> Iterator[World]:
    with casts.undone(cast_logged_in) as lent:
        yield lent


@pytest.fixture
def locale(tmp_path: Path, settings: Settings) -> Iterator[Path]:
    """A folder of translations; pages are read in German."""
    folder = tmp_path / "de"
    (folder / "LC_MESSAGES").mkdir(parents=True)
    settings.LOCALE_PATHS = [tmp_path]
    settings.LANGUAGE_CODE = "de"
    yield folder
    reset_loaders()


def marked(text: str) -> str:
    """Translate into a language that says the same between other quotation marks."""
    return f"«{text}»"


def compiled(texts: Mapping[str, str]) -> bytes:
    """Write a catalogue as msgfmt does: a head, two tables of places, the texts."""
    whole = {"": "Content-Type: text/plain; charset=UTF-8\n", **texts}
    pairs = sorted((key.encode(), value.encode()) for key, value in whole.items())
    body, places = b"", []
    start = 7 * 4 + 16 * len(pairs)
    for side in (0, 1):
        for pair in pairs:
            places += [len(pair[side]), start + len(body)]
            body += pair[side] + b"\0"
    head = (0x950412DE, 0, len(pairs), 7 * 4, 7 * 4 + 8 * len(pairs), 0, 0)
    return struct.pack(f"<7I{len(places)}I", *head, *places) + body


def as_toml(texts: Mapping[str, str]) -> str:
    quoted = (value.replace("\\", "\\\\").replace('"', '\\"') for value in texts.values())
    return "".join(f'{key} = "{value}"\n' for key, value in zip(texts, quoted, strict=True))


@pytest.mark.django_db
def test_catalogue_of_gettext_translates_a_page(locale: Path) -> None:
    login = reverse("account_login")
    before = Browser().get(login).content.decode()
    template = (ROOT / "templates/account/login.html").read_text(encoding="utf-8")
    texts = {text: marked(text) for text in LITERAL.findall(template)}
    assert {"Log in", "Log in with a passkey"} <= texts.keys()
    assert "«" not in before
    (locale / "LC_MESSAGES/django.mo").write_bytes(compiled(texts))
    forget_catalogues()
    after = Browser().get(login).content.decode()
    assert "<h1>«Log in»</h1>" in after
    assert "«Accounts are made by invitation. Ask your service provider if you have none.»" in after
    assert '<html lang="de">' in after


def forget_catalogues() -> None:
    """Begin as a process does: catalogues are read anew, and templates have said nothing yet."""
    reset_loaders()
    setting_changed.send(sender=None, setting="LOCALE_PATHS", value=None, enter=True)


def test_table_of_a_language_translates_a_chart(world: World, locale: Path) -> None:
    where = address(world, "audit", "audit")
    assert "Curve chart." in html_of(world, "technician", where)
    other = {key: marked(text) for key, text in WORDS.sentences.items()}
    (locale / WORDS.name).write_text(as_toml(other), encoding="utf-8")
    translated._told.cache_clear()
    html = html_of(world, "technician", where)
    assert "«Curve chart. «" in html
    assert "«At 1% false alarms»" in html


@pytest.mark.parametrize("told", ["", "Ein Satz ohne Zahl", "{andere}"])
def test_translation_that_lacks_a_figure_is_not_said(locale: Path, told: str) -> None:
    (locale / WORDS.name).write_text(f'[reading]\nat_rate = "{told}"\n', encoding="utf-8")
    assert WORDS.say("reading.at_rate", rate="1%") == "At 1% false alarms"


def test_language_of_a_country_uses_the_wider_table(locale: Path, settings: Settings) -> None:
    settings.LANGUAGE_CODE = "de-at"
    (locale / WORDS.name).write_text('[reading]\nat_rate = "Bei {rate}"\n', encoding="utf-8")
    assert WORDS.say("reading.at_rate", rate="1%") == "Bei 1%"
    settings.LANGUAGE_CODE = "fr"
    assert WORDS.say("reading.at_rate", rate="1%") == "At 1% false alarms"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("number = 3", "number is no sentence"),
        ('[a]\nb = "{share:.2f}"', "a.b"),
        ('b = "{a.secret}"', "'b'"),
        ('b = "{name!r}"', "'b'"),
        ('b = "{}"', "'b'"),
    ],
)
def test_table_holds_sentences_and_names_alone(text: str, problem: str) -> None:
    with pytest.raises(wording.WordingError, match=problem):
        wording.read(text)
