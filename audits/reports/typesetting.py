"""Values into a tagged PDF: the one place that calls the typesetter.

Nothing is read but templates beside this file and the fonts that come with matplotlib; nothing
is written. The data travels as one JSON text and is never part of the template.
"""

from collections.abc import Mapping
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from audits.reports import decoding
from audits.reports.brand import Brand, is_colour
from audits.reports.print_text import plain

_LINE = 118
"""Small letters that fit into one line of the foot of a page."""


def pdf(template: Path, page: Mapping[str, Any], *, made_at: str) -> bytes:
    """Typeset a page's data; `made_at` (ISO, with offset) becomes the time in the file."""
    import typst  # noqa: PLC0415 - heavy

    compiler = typst.Compiler(
        root=str(template.parent), font_paths=[str(_fonts())], ignore_system_fonts=True
    )
    made = compiler.compile(
        template.read_bytes(),
        format="pdf",
        sys_inputs={"data": decoding.canonical(page)},
        pdf_standards=["ua-1", "a-2a"],
        timestamp=int(datetime.fromisoformat(made_at).timestamp()),
    )
    if not isinstance(made, bytes):
        raise TypeError("typst returned no PDF")
    return made


def _fonts() -> Path:
    """Find DejaVu without importing the library it comes with, which would write a cache."""
    spec = find_spec("matplotlib")
    if spec is None or spec.origin is None:
        raise RuntimeError("matplotlib is not installed: the fonts of the PDF come with it")
    return Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf"


def brand(given: Brand) -> dict[str, str]:
    """A look as the templates read it: colours are checked again, texts cut to their place."""
    return {
        "colour": given.colour if is_colour(given.colour) else "",
        "band": given.band if is_colour(given.band) else "",
        "band_ink": given.band_ink,
        "line": plain(" · ".join(filter(None, (given.sender, given.footer))), _LINE),
    }
