"""Colours of the charts: told apart by people with any colour vision, on light and on dark."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Palette:
    """One theme. ``lines`` hold at least 3:1 against ``paper``; text holds 4.5:1.

    Of ``lines`` no two look alike to somebody who lacks the cones for red, green or blue: that is
    worked out in tests/charts/test_colour_vision.py.
    """

    paper: str
    ink: str
    muted: str
    grid: str
    shade: str
    accent: str
    alarm: str
    lines: tuple[str, ...]


LIGHT: Final = Palette(
    paper="#ffffff",
    ink="#1b2733",
    muted="#566473",
    grid="#e3e8ed",
    shade="#f0f3f6",
    accent="#0b5c8f",
    alarm="#b84300",
    lines=(
        "#0b5c8f",
        "#b84300",
        "#008769",
        "#961e5a",
        "#785ac3",
        "#b4870f",
        "#3c2d2d",
        "#8787a5",
    ),
)

DARK: Final = Palette(
    paper="#141b22",
    ink="#e8edf2",
    muted="#a9b6c2",
    grid="#2c3844",
    shade="#1d2731",
    accent="#6cbcf0",
    alarm="#ff9e57",
    lines=(
        "#6cbcf0",
        "#ff9e57",
        "#96e1a5",
        "#c378b4",
        "#a587ff",
        "#ffd23c",
        "#e1e1f0",
        "#c3a5a5",
    ),
)

DASHES: Final[tuple[str, ...]] = (
    "solid",
    "dash",
    "dot",
    "dashdot",
    "longdash",
    "longdashdot",
    "solid",
    "dash",
)

RATINGS: Final[dict[str, str]] = {
    "low": "#2b7a4b",
    "guarded": "#2a6f97",
    "elevated": "#9a6700",
    "high": "#b84300",
    "critical": "#9b1c31",
    "untested": "#566473",
    "inconclusive": "#566473",
    "expired": "#566473",
}

TINTS: Final[dict[str, str]] = {
    "low": "#e2f1e8",
    "guarded": "#deedf6",
    "elevated": "#fbefcf",
    "high": "#fbdfce",
    "critical": "#f5d3d9",
}


def palette(*, dark: bool) -> Palette:
    return DARK if dark else LIGHT
