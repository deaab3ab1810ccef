"""The owner's two pages: what they say, for whom they are tagged, and what cannot break them."""

import io
import json
import math
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pikepdf
import pypdf
import pytest

from audits.charts import dots, risk_matrix, risk_over_time, roc
from audits.reports import owner_trend, seal
from audits.reports.owner_summary import OwnerSummary, Rating, Readiness, footer
from tests.charts.documents import document
from tests.reports.factories import owner_summary, rendered, with_every_text

USUAL = owner_summary()
PDF = rendered(USUAL)
POINTS_A_MM = 72 / 25.4
CODE = "0A1B2-C3D4E-F5G6H-J7K8M"
HOSTILE = {
    "long word": "W" * 300,
    "long prose": "The quick brown fox jumps over the lazy dog. " * 20,
    "typst": '#eval("1+1") #read("/etc/passwd") *b* _u_ $x^2$ = H `r` @ref <l> \\ // /* ]] }} #',
    "html": "<script>alert(1)</script><img src=file:///etc/passwd onerror=x> &amp; {{7*7}}",
    "file address": "file:///etc/passwd ../../etc/passwd /proc/self/environ",
    "right to left": "מרפאת שיניים עיادة الأسنان",
    "signs": "😀 👨‍👩‍👧 漢字 ﷽ e\u0301\u0327 \ufffe\U000e0001 \ue000",
    "controls": "a\x00b\x07c\x1b[31m \u202eevil\u2066 \u2028 \ud800",
    "empty": "",
}


def _reader(pdf: bytes) -> list[pypdf.PageObject]:
    return list(pypdf.PdfReader(io.BytesIO(pdf)).pages)


def pages(pdf: bytes) -> list[str]:
    return [
        " ".join(page.extract_text().replace("\u200b", "").replace("\u00a0", " ").split())
        for page in _reader(pdf)
    ]


def test_owner_summary_is_the_same_bytes_twice() -> None:
    assert rendered(owner_summary()) == PDF


def test_owner_summary_survives_json() -> None:
    again = OwnerSummary.from_json(USUAL.to_json())
    assert again == USUAL
    assert again.to_json() == USUAL.to_json()
    assert rendered(again) == PDF


def test_summary_frozen_with_a_curve_and_a_second_list_of_what_is_open_is_still_read() -> None:
    """Neither page nor paper shows either any more: both read what is left."""
    frozen = asdict(USUAL) | {"roc": asdict(roc.series(document()))}
    frozen["readiness"]["unmet"] = ["Ask nobody twice"]
    read = OwnerSummary.from_json(json.dumps(frozen))
    assert read == USUAL
    assert "Ask nobody twice" not in " ".join(pages(rendered(read)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"client": 3}, "OwnerSummary.client: expected str, got int"),
        ({"meaning": "text"}, "OwnerSummary.meaning: expected a list, got str"),
        ({"care": []}, "OwnerSummary.care: expected an object, got list"),
        ({"more": 1}, "OwnerSummary: missing or unknown: more"),
        ({"not_tested": ["a", None]}, r"OwnerSummary.not_tested\[1\]: expected str, got NoneType"),
    ],
)
def test_owner_summary_refuses_json_of_another_shape(
    change: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        OwnerSummary.from_json(json.dumps(asdict(USUAL) | change))


def test_owner_summary_is_tagged_for_screen_readers() -> None:
    with pikepdf.open(io.BytesIO(PDF)) as pdf:
        root = pdf.Root
        metadata = pdf.open_metadata()
        assert len(pdf.pages) == 2
        assert bool(root.MarkInfo.Marked) is True
        assert str(root.Lang) == "en"
        assert bool(root.ViewerPreferences.DisplayDocTitle) is True
        assert metadata["pdfuaid:part"] == "1"
        assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("2", "A")
        assert metadata["dc:title"] == (
            "AI privacy audit, owner summary. Hillside Dental Clinic: No-show forecast"
        )


def test_owner_summary_describes_its_pictures() -> None:
    with pikepdf.open(io.BytesIO(PDF)) as pdf:
        found = [str(item.Alt) for item in _structure(pdf.Root.StructTreeRoot) if "/Alt" in item]
    rating = {"likelihood": 3, "impact": 5, "badge": "high"}
    assert USUAL.trend is not None
    moved = owner_trend.movement(USUAL.trend)
    assert moved is not None
    assert found == [
        risk_matrix.alt_text(risk_matrix.series(rating)),
        dots.alt_text(USUAL.dots),
        risk_over_time.alt_text(moved),
    ]


def test_owner_summary_has_headings_and_table_headers() -> None:
    with pikepdf.open(io.BytesIO(PDF)) as pdf:
        kinds = [str(item.S) for item in _structure(pdf.Root.StructTreeRoot) if "/S" in item]
    assert (kinds.count("/H1"), kinds.count("/H2"), kinds.count("/Table")) == (1, 13, 3)
    assert kinds.count("/TH") == 5 + 7 + 6


def _structure(node: Any) -> list[Any]:  # noqa: ANN401 - whatever a PDF holds
    if not isinstance(node, pikepdf.Dictionary):
        return []
    children: Any = node.get("/K", [])
    listed = list(children) if isinstance(children, pikepdf.Array) else [children]
    return [node, *(found for child in listed for found in _structure(child))]


def test_owner_summary_says_on_page_one_what_matters() -> None:
    first = pages(PDF)[0].replace("held- out", "held-out")
    said = (
        USUAL.provider,
        USUAL.client,
        USUAL.system,
        USUAL.version,
        USUAL.audit_date,
        USUAL.authorised_by,
        USUAL.verdict,
        "High",
        "Evidence grade B.",
        "High: likelihood 3 of 5, impact 5 of 5",
        *USUAL.meaning,
        *USUAL.not_tested,
        *(text for action in USUAL.actions for text in asdict(action).values()),
    )
    assert [text for text in said if text not in first] == []


def test_owner_summary_says_on_page_two_what_else_there_is() -> None:
    second = pages(PDF)[1]
    said = (
        dots.title(USUAL.dots),
        "58%",
        *(text for tool in USUAL.tools for text in asdict(tool).values() if text),
        "Data that may go in",
        "Example Co, Team",
        *(fact.value for fact in USUAL.method),
        *(f"{term.term}: {term.meaning}" for term in USUAL.glossary),
    )
    assert [text for text in said if text not in second] == []


def test_owner_summary_leaves_curve_and_figures_of_attacks_to_the_appendix() -> None:
    curves = roc.series(document())
    both = " ".join(pages(PDF))
    attacks = [curve.label for curve in curves.curves]
    assert attacks
    assert [text for text in (roc.title(curves), "AUC", *attacks) if text in both] == []


@pytest.mark.parametrize("name", ["usual", *HOSTILE])
def test_owner_summary_prints_nothing_smaller_than_can_be_read(name: str) -> None:
    pdf = PDF if name == "usual" else rendered(replace(with_every_text(HOSTILE[name]), code=CODE))
    assert [min(_sizes(page)) >= 7.5 for page in _reader(pdf)] == [True, True]


def _sizes(page: pypdf.PageObject) -> set[float]:
    """Heights of the letters as they are printed, those inside pictures too."""
    found: set[float] = set()

    def visit(text: str, matrix: list[float], place: list[float], _: object, size: float) -> None:
        if text.strip():
            across = place[0] * matrix[0] + place[1] * matrix[2]
            up = place[0] * matrix[1] + place[1] * matrix[3]
            found.add(round(size * math.hypot(across, up), 2))

    page.extract_text(visitor_text=visit)
    return found


def test_owner_summary_says_what_the_permission_covers_and_on_what_it_rests() -> None:
    assert f"What may be tested: {USUAL.scope} {USUAL.basis}" in pages(PDF)[1]
    silent = pages(rendered(replace(USUAL, scope="", basis="")))[1]
    assert "What may be tested" not in silent


def test_owner_summary_names_the_letter_and_its_whole_digest() -> None:
    assert f"Signed letter: permission.pdf SHA-256 {USUAL.letter_sha256}" in pages(PDF)[1]
    long = replace(USUAL, letter="a very long name of a letter " * 9)
    assert f"SHA-256 {USUAL.letter_sha256}" in pages(rendered(long))[1]
    assert "Signed letter" not in pages(rendered(replace(USUAL, letter_sha256="")))[1]


def test_owner_summary_says_what_the_provider_did_unless_that_is_left_out() -> None:
    second = pages(PDF)[1]
    assert USUAL.care is not None
    said = ("What your provider did", USUAL.care.period, *USUAL.care.points)
    assert [text for text in said if text not in second] == []
    idle = replace(USUAL, care=replace(USUAL.care, points=()))
    assert USUAL.care.none in pages(rendered(idle))[1]
    assert "What your provider did" not in pages(rendered(replace(USUAL, left_out=("care",))))[1]


def test_summary_frozen_before_it_had_a_trend_is_still_read() -> None:
    frozen = asdict(USUAL)
    del frozen["trend"], frozen["care"]
    shown = " ".join(pages(rendered(OwnerSummary.from_json(json.dumps(frozen)))))
    assert "How the rating has moved" not in shown
    assert "What your provider did" not in shown


def test_owner_summary_asks_for_decisions_and_names_those_made() -> None:
    second = pages(PDF)[1]
    said = ("Decisions requested", *USUAL.choices, *(one.title for one in USUAL.decisions))
    assert [text for text in said if text not in second] == []
    # One box for each choice and action; what is decided is ticked, signed and dated.
    assert (second.count("\u2610"), second.count("\u2612")) == (11, 1)
    assert "\u2612 \u2610 \u2610 \u2610 Dr Amelia Okafor 1 Dec 2026" in second
    assert "Signed: Dr Amelia Okafor · recorded by Tom Reed on 2 Dec 2026" in second


def test_a_long_signature_hides_nobody_who_recorded_it() -> None:
    made = replace(USUAL.decisions[-1], signature="A " * 99)
    second = pages(rendered(replace(USUAL, decisions=(made,))))[1]
    assert "recorded by Tom Reed on 2 Dec 2026" in second


def test_summary_frozen_before_decisions_were_asked_for_is_still_read() -> None:
    frozen = asdict(USUAL)
    del frozen["choices"], frozen["decisions"]
    read = OwnerSummary.from_json(json.dumps(frozen))
    assert (read.choices, read.decisions) == ((), ())
    assert "Decisions requested" not in pages(rendered(read))[1]


def test_owner_summary_footer_stands_on_both_pages() -> None:
    for number, text in enumerate(pages(PDF), start=1):
        assert text.count(footer()) == 1
        assert text.count(f"Report {USUAL.report_number} Page {number} of 2") == 1


def test_owner_summary_carries_no_clock_of_this_machine() -> None:
    with pikepdf.open(io.BytesIO(PDF)) as pdf:
        assert str(pdf.docinfo["/CreationDate"]) == "D:20261120093000Z"


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_owner_summary_keeps_two_pages_whatever_the_text(text: str) -> None:
    shown = pages(rendered(with_every_text(text)))
    assert len(shown) == 2
    assert [page.count(footer()) for page in shown] == [1, 1]
    assert "root:x:0:0" not in "".join(shown)


def test_owner_summary_prints_syntax_as_text() -> None:
    text = '#eval("1+1") *b* <b>x</b> $y$'
    first = pages(rendered(replace(USUAL, verdict=text)))[0]
    assert text in first


@pytest.mark.parametrize("name", [name for name in HOSTILE if name != "empty"])
def test_owner_summary_keeps_every_line_above_the_footer(name: str) -> None:
    pdf = rendered(replace(with_every_text(HOSTILE[name]), code=CODE))
    # The line that the provider signs with, then three of the report's own.
    assert [_lines_below(page, 21 * POINTS_A_MM) for page in _reader(pdf)] == [4, 4]


def test_owner_summary_says_where_it_is_checked_and_carries_its_code() -> None:
    pdf = rendered(replace(USUAL, code=CODE, check_at="portal.example/verify/"))
    said = f"Is this file genuine? Ask at portal.example/verify/ with the code {CODE}"
    assert all(page.count(said) == 1 for page in pages(pdf))
    assert seal.digests_in(pdf) == {seal.digest_of(CODE)}
    assert seal.digests_in(PDF) == set()


def _lines_below(page: pypdf.PageObject, height: float) -> int:
    found: set[float] = set()

    def visit(text: str, matrix: list[float], line: list[float], *_: object) -> None:
        if text.strip():
            found.add(round(matrix[1] * line[4] + matrix[3] * line[5] + matrix[5], 1))

    page.extract_text(visitor_text=visit)
    return len([place for place in found if place < height])


def test_owner_summary_says_how_many_tools_it_leaves_out() -> None:
    assert "and 3 more in the portal" in pages(rendered(with_every_text("x")))[1]


@pytest.mark.parametrize(
    ("rating", "said"),
    [
        (Rating("untested", "Untested", False, None, 5, None, "No audit yet."), "No audit yet."),
        (
            Rating("inconclusive", "Inconclusive", False, 2, 3, "C", "AUC only."),
            "Evidence grade C. AUC only.",
        ),
        (Rating("expired", "Expired", True, 2, 3, "B", "Too old."), "Expired"),
        (Rating("critical", "Critical", False, 5, 5, "A", "Enough."), "Critical"),
        (Rating("low", "Low", False, 1, 1, "A", "Enough."), "Low"),
        (Rating("guarded", "Guarded", False, 1, 5, "A", "Enough."), "Guarded"),
        (Rating("elevated", "Elevated", False, 2, 5, "A", "Enough."), "Elevated"),
    ],
    ids=lambda value: value.badge if isinstance(value, Rating) else "",
)
def test_owner_summary_prints_every_rating(rating: Rating, said: str) -> None:
    shown = pages(rendered(replace(USUAL, rating=rating)))
    assert (len(shown), said in shown[0]) == (2, True)


def test_readiness_tells_what_is_in_place_apart_from_what_is_answered() -> None:
    said = replace(USUAL, readiness=Readiness(percent=9, summary="5 of 33 answered"))
    assert "Checklist readiness 9% in place 5 of 33 answered" in pages(rendered(said))[1]


def test_owner_summary_prints_without_actions_tools_or_answers() -> None:
    bare = replace(
        USUAL,
        actions=(),
        not_tested=(),
        tools=(),
        readiness=Readiness(percent=None, summary="No answers yet."),
    )
    first, second = pages(rendered(bare))
    assert "No action is open." in first
    assert "Every planned test ran." in first
    assert "No answers yet." in second
    assert "AI tools in use" not in second


def test_owner_summary_of_a_void_audit_has_no_figures() -> None:
    void = replace(USUAL, dots=replace(USUAL.dots, outcome="invalid", picked=None, accused=None))
    assert "166 of 1,000 marked" in pages(PDF)[1]
    second = pages(rendered(void))[1]
    assert "of 1,000 marked" not in second
    assert "Not a valid test" in second


@pytest.mark.parametrize("count", [20, 50, 5_000])
def test_owner_summary_prints_any_number_of_records(count: int) -> None:
    result = document(members=count, nonmembers=count, best=None, outcome="inconclusive")
    made = replace(USUAL, dots=dots.series(result, about_people=True))
    shown = pages(rendered(made))
    assert (len(shown), dots.title(made.dots) in shown[1]) == (2, True)


def test_rendering_loads_no_drawing_library_and_writes_nothing(tmp_path: Path) -> None:
    code = (
        "import json, sys\n"
        "from audits.reports.owner_summary import OwnerSummary, render\n"
        "given = json.load(sys.stdin)\n"
        "summary = OwnerSummary.from_json(given['summary'])\n"
        "sys.stdout.buffer.write(render(summary))\n"
        "assert not {'matplotlib', 'plotly', 'numpy'} & set(sys.modules)\n"
    )
    given = {"summary": USUAL.to_json()}
    root = Path(__file__).parents[2]
    ran = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps(given).encode(),
        capture_output=True,
        check=True,
        cwd=tmp_path,
        env={"PYTHONPATH": str(root), "HOME": str(tmp_path), "TMPDIR": str(tmp_path)},
    )
    assert ran.stdout == PDF
    assert list(tmp_path.iterdir()) == []
