"""Reports of any length for tests: one as it usually is, one with hostile text in every field."""

import json
from dataclasses import asdict
from functools import cache
from typing import Any

from audits.charts import dots, roc
from audits.reports.brand import Brand
from audits.reports.document import Document, Fact, Place, Section, Table, render
from tests.charts.documents import document

CODE = "0A1B2-C3D4E-F5G6H-J7K8M"
BRAND = Brand("#7a1f5c", "#ffd23f", "Northgate IT, 12 High Street", "Company 123456")


@cache
def _drawn(series: roc.RocSeries) -> str:
    return roc.svg(series).decode()


def rendered(made: Document, *, logo: bytes = b"") -> bytes:
    curve = _drawn(made.curves) if made.curves is not None else ""
    return render(made, roc_svg=curve, logo=logo)


def appendix(rows: int = 3) -> Document:
    """Make an appendix with a table of so many rows."""
    result = document()
    attacks = tuple((f"Attack {n}", "18% (15% to 21%)", "0.610") for n in range(rows))
    return Document(
        kind="technical_appendix",
        language="en",
        made_at="2026-11-20T09:30:00+00:00",
        title="Technical appendix",
        report_number="X7F2-0042",
        provider="Northgate IT Services",
        client="Hillside Dental Clinic",
        subject="No-show forecast, version 2",
        data_as_of="20 November 2026",
        template="Technical appendix, version 2",
        facts=(Fact("Audit", "7 of 19 November 2026"), Fact("Letter", "d4" * 32, is_code=True)),
        sections=(
            Section("verdict", "Verdict", paragraphs=("One sentence.",), pictures=("matrix",)),
            Section(
                "attacks",
                "What each attack found",
                pictures=("roc",),
                tables=(
                    Table("Found", ("Attack", "At 1%", "AUC"), attacks, (2.0, 1.0, 1.0)),
                    Table("Nothing", ("Attack",), (), empty="There is nothing here."),
                ),
            ),
            Section("limits", "What could not be tested", points=("New attacks may do better.",)),
        ),
        footer="A measurement on a sample.",
        period="Quarter 4 of 2026",
        marking="Confidential.",
        badge="high",
        badge_word="High",
        lead="Some people can be picked out.",
        policies=("Rating policy 2026.1 applies.",),
        curves=roc.series(result),
        people=dots.series(result, about_people=True),
        place=Place(3, 5, "high"),
        code=CODE,
        check_at="portal.example/verify/",
    )


_KEYS = frozenset(
    {
        "kind",
        "language",
        "made_at",
        "badge",
        "curves",
        "people",
        "place",
        "pictures",
        "code",
        "badges",
    }
)


def with_every_text(text: str) -> Document:
    """Put `text` into every field that a person can fill."""
    return Document.from_json(json.dumps(_replaced(asdict(appendix()), text)))


def _replaced(value: Any, text: str) -> Any:  # noqa: ANN401 - walks JSON
    if isinstance(value, dict):
        return {key: one if key in _KEYS else _replaced(one, text) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_replaced(one, text) for one in value]
    return text if isinstance(value, str) else value
