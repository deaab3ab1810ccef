"""Names come from people: whatever a name holds, a picture of it can be read."""

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from audits.charts import drawing, heat_map, roc, tool_review
from audits.charts.lettering import legible
from tests.charts.documents import document

# Of each kind that XML 1.0 does not allow, and of those that turn the words around.
SIGNS = ["\0", "\x01", "\x0b", "\x1f", "\x7f", "\x85", "\ud800", "\udfff", "\ufffe", "\uffff",
         "\U0001ffff", "\u202e", "\ue000"]  # fmt: skip


def said(picture: bytes) -> str:
    """All text of a picture, which stands only if it can be read at all."""
    return " ".join(ET.fromstring(picture).itertext())  # noqa: S314 - our own


@pytest.mark.parametrize("sign", SIGNS)
def test_picture_can_be_read_whatever_sign_a_name_holds(sign: str) -> None:
    name = f"Har{sign}bour & <Sons>"
    parts = [
        drawing.words(name, {"x": 1, "aria-label": name}),
        drawing.element("g", {"class": name}),
    ]
    found = said(drawing.picture(10, 10, title=name, parts=parts, kind=name))
    assert found.replace("Har bour", "Harbour") == "Harbour & <Sons> Harbour & <Sons>"


@pytest.mark.parametrize("sign", SIGNS)
def test_charts_with_names_can_be_read_whatever_sign_they_hold(sign: str) -> None:
    clients = [(f"Quay{sign}", [(f"Sorting{sign}", "low")])]
    assert "Quay" in said(heat_map.svg(heat_map.series({"clients": clients})))
    topics = [(f"Training{sign}", 80, 3)]
    review = tool_review.series({"risk": 50, "pass_mark": 40, "impact": 3, "topics": topics})
    assert "Training" in said(tool_review.svg(review))
    curves = roc.series(document())
    odd = [replace(curve, label=f"{curve.label}{sign}") for curve in curves.curves]
    assert said(roc.svg(replace(curves, curves=tuple(odd))))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain & simple", "plain & simple"),
        ("two\nlines\u2028more", "two lines more"),
        ("17\u00a0%", "17\u00a0%"),
        ("\u0645\u06cc\u200c\u062e", "\u0645\u06cc\u200c\u062e"),
        ("\U0001f469\u200d\u2695\ufe0f", "\U0001f469\u200d\u2695\ufe0f"),
        ("a\x01\u202eb\ufeff", "ab"),
    ],
)
def test_legible_keeps_what_can_be_seen(text: str, shown: str) -> None:
    assert legible(text) == shown
