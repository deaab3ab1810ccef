"""A provider's look on paper: two colours that stay readable, who sends it, what stands below."""

import re
from dataclasses import dataclass
from typing import Final

WHITE: Final = "#ffffff"
INK: Final = "#000000"
"""What is set on a light colour: with anything lighter some colours would take neither ink."""
USUAL_COLOUR: Final = "#0b5c8f"
"""The colour of headings where nobody chose one: the templates have the same."""
LEAST_CONTRAST: Final = 4.5
"""What WCAG 2.2 asks of text at level AA."""
_HEX = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True, slots=True)
class Brand:
    """``colour`` is that of headings and lines, ``band`` that of the strip at the top.

    Both are ``#rrggbb`` in small letters; where one is empty the portal's own look holds.
    """

    colour: str = ""
    band: str = ""
    sender: str = ""
    footer: str = ""

    @property
    def band_ink(self) -> str:
        """The ink on the strip: black or white, whichever is easier to read there."""
        return ink_on(self.band) if is_colour(self.band) else INK


PLAIN: Final = Brand()
"""The portal's own look."""


def is_colour(text: str) -> bool:
    return _HEX.fullmatch(text) is not None


def luminance(colour: str) -> float:
    """Relative luminance of ``#rrggbb`` by WCAG, 0 to 1."""
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - WCAG
        for one in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast of two colours by WCAG, 1 (none) to 21 (black on white)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def ink_on(colour: str) -> str:
    """The ink that is easier to read on a colour; one of the two always reaches AA."""
    return max((WHITE, INK), key=lambda ink: contrast(ink, colour))


def is_readable(colour: str) -> bool:
    """Say whether text in this colour can be read on white paper."""
    return contrast(colour, WHITE) >= LEAST_CONTRAST
