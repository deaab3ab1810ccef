import pytest

from audits.reports.print_text import line, plain


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [
        ("plain", 10, "plain"),
        ("  two\t words \n", 20, "two words"),
        ("a\u202eb\x00c\u2066", 10, "abc"),
        ("one two three", 10, "one two…"),
        ("It is kept.; As a file", 14, "It is kept…"),
        ("abcdefghijkl", 10, "abcdefghi…"),
        ("WWWWWWWWWW", 10, "WWWWWW…"),
        ("漢字漢字漢字", 10, "漢字漢字…"),
        ("x" * 300, 100, "x" * 39 + "…"),
        ("", 10, ""),
    ],
)
def test_plain_fits_the_place(text: str, limit: int, shown: str) -> None:
    assert plain(text, limit) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", "\N{EN DASH}"),
        ("\x00\u200b", "\N{EN DASH}"),
        ("17 % of them", "17\u00a0% of them"),
        ("short words only", "short words only"),
        ("x" * 23, "\u200b".join(["x" * 7] * 3 + ["xx"])),
    ],
)
def test_line_can_break_and_is_never_empty(text: str, shown: str) -> None:
    assert line(text, 80) == shown
