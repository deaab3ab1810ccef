"""What a token looks like, and what is not taken for one."""

import hashlib
import re
import zlib

import pytest

from audits.services import token_text
from tests.keeper import ROOT

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def number(text: str) -> int:
    found = 0
    for sign in text:
        found = found * 62 + ALPHABET.index(sign)
    return found


def test_token_has_a_prefix_a_secret_of_256_bits_and_a_check_sum() -> None:
    drawn = token_text.draw()
    text = drawn.reveal()
    assert re.fullmatch(r"mia_[0-9A-Za-z]{57}", text)
    assert drawn.prefix == text[:12]
    assert number(text[-6:]) == zlib.crc32(text[:-6].encode())
    assert drawn.digest == hashlib.sha256(text[12:55].encode()).hexdigest()
    assert number(text[12:55]) < 2**256


def test_tokens_are_never_alike() -> None:
    drawn = [token_text.draw() for _ in range(200)]
    assert len({one.prefix for one in drawn}) == len({one.secret for one in drawn}) == 200
    assert max(number(one.secret) for one in drawn) > 2**250


def test_token_is_read_back() -> None:
    drawn = token_text.draw()
    assert token_text.read(drawn.reveal()) == drawn
    assert drawn.secret not in repr(drawn)


def changed(text: str, place: int) -> str:
    return text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]


def test_every_changed_character_is_noticed() -> None:
    text = token_text.draw().reveal()
    assert [place for place in range(len(text)) if token_text.read(changed(text, place))] == []


@pytest.mark.parametrize(
    "bend",
    [
        lambda text: text[:-1],
        lambda text: text + "A",
        lambda text: text + "\n",
        lambda text: " " + text,
        lambda text: text.upper(),
        lambda text: text.replace("mia_", "mib_"),
        lambda text: text[:-1] + "é",
        lambda text: text[:20] + "\x00" + text[21:],
        lambda _text: "",
    ],
)
def test_what_is_no_token_is_not_read(bend: object) -> None:
    text = token_text.draw().reveal()
    assert callable(bend)
    assert token_text.read(bend(text)) is None


def test_pattern_for_secret_scanners_is_documented() -> None:
    assert f"`{token_text.PATTERN}`" in (ROOT / "README.md").read_text(encoding="utf-8")
