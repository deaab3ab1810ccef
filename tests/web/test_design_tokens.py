"""Contrast of every pair of colours that the pages put together, in light and in dark."""

import re
from pathlib import Path

import pytest

CSS = Path(__file__).parents[2] / "static" / "css"
TOKENS = dict(
    re.findall(
        r"--([\w-]+):\s*light-dark\((#[0-9a-f]{6}, #[0-9a-f]{6})\);",
        (CSS / "tokens.css").read_text(),
    )
)
THEMES = {"light": 0, "dark": 1}
SURFACES = ("bg", "surface", "sunken", "hover")
TONES = ("good", "calm", "warn", "alert", "danger", "unsure", "neutral")
TEXT_PAIRS = (
    *[(ink, surface) for ink in ("text", "text-muted", "link") for surface in SURFACES],
    *[(f"{tone}-ink", f"{tone}-soft") for tone in TONES],
    *[(f"{tone}-ink", "surface") for tone in TONES],
    ("accent-ink", "accent"),
    ("accent-ink", "accent-strong"),
    ("accent-soft-ink", "accent-soft"),
    ("danger-fill-ink", "danger-fill"),
    ("danger-fill-ink", "danger-mark"),
    ("danger-ink", "bg"),
    ("danger-mark", "surface"),
    ("danger-mark", "hover"),
)
GRAPHIC_PAIRS = (
    *[(f"{tone}-mark", surface) for tone in TONES for surface in ("bg", "surface")],
    *[(f"hue-{number}", surface) for number in range(8) for surface in ("surface", "hover")],
    *[("line-strong", surface) for surface in ("bg", "surface", "sunken")],
    *[("focus", surface) for surface in SURFACES],
    ("accent", "neutral-soft"),
    ("accent", "line"),
)


def luminance(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(theme: str, first: str, second: str) -> float:
    lights = sorted(luminance(TOKENS[name].split(", ")[THEMES[theme]]) for name in (first, second))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def test_contrast_of_black_on_white_is_21() -> None:
    assert round((1 + 0.05) / (luminance("#000000") + 0.05), 6) == 21
    assert luminance("#ffffff") == pytest.approx(1)


@pytest.mark.parametrize("theme", THEMES)
def test_text_tokens_reach_four_and_a_half_to_one(theme: str) -> None:
    failing = {pair: contrast(theme, *pair) for pair in TEXT_PAIRS}
    assert {pair: ratio for pair, ratio in failing.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("theme", THEMES)
def test_graphic_tokens_reach_three_to_one(theme: str) -> None:
    failing = {pair: contrast(theme, *pair) for pair in GRAPHIC_PAIRS}
    assert {pair: ratio for pair, ratio in failing.items() if ratio < 3} == {}


def test_colours_are_written_in_tokens_only() -> None:
    others = {path.name: path.read_text() for path in CSS.glob("*.css") if path.stem != "tokens"}
    allowed = {"#000000", "#ffffff"}  # print.css speaks of ink and paper
    found = {
        (name, colour)
        for name, text in others.items()
        for colour in re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(", text)
        if not (name == "print.css" and colour in allowed)
    }
    assert found == set()


def test_every_custom_property_used_is_defined() -> None:
    texts = [path.read_text() for path in CSS.glob("*.css")]
    used = {name for text in texts for name in re.findall(r"var\(--([\w-]+)\)", text)}
    defined = {name for text in texts for name in re.findall(r"--([\w-]+):", text)}
    assert used - defined == set()
