import csv
import io
import json
import re

import pytest

from audits.reports.exports import csv_table, exposed_csv, metrics_csv, result_json
from tests.charts.documents import document
from tests.engine.cast import guessed


def rows_of(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_result_json_is_one_text_for_one_result() -> None:
    made = document()
    shuffled = dict(reversed(made.items()))
    assert result_json(made) == result_json(shuffled)
    assert json.loads(result_json(made)) == made
    assert result_json({"b": "ü", "a": 1}) == '{"a":1,"b":"ü"}\n'.encode()


def test_result_json_refuses_what_json_cannot_say() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        result_json({"value": float("nan")})


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1+cmd|' /C calc'!A0",
        "@SUM(A1)",
        " =1",
        "\ttab",
        "\uff1d1+1",
        "\uff20x",
        "\ufeff=1",
        "\u00a0=1",
        "\u200b=1",
        "|x",
        "%x",
    ],
)
def test_csv_table_turns_a_formula_into_text(text: str) -> None:
    assert rows_of(csv_table(["name"], [[text]])) == [["name"], [f"'{text}"]]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Chat;=1+1", "Chat;'=1+1"),
        ("Chat; =1", "Chat;' =1"),
        ("Chat;\u00a0@SUM(A1)", "Chat;'\u00a0@SUM(A1)"),
        ("Chat\t-2", "Chat\t'-2"),
        ("Chat;\t+1", "Chat;'\t'+1"),
        ("Chat;\uff1d1", "Chat;'\uff1d1"),
        ('Chat;"=1', "Chat;'\"=1"),
        ("a;b;|x;%y", "a;b;'|x;'%y"),
        ("=1;=2", "'=1;'=2"),
        ("Chat\n=1", "Chat\n'=1"),
        ("Chat\r\n=1", "Chat\r'\n'=1"),
        ("Chat;\0=1", "Chat;'=1"),
        ("\t=1", "'\t'=1"),
        ("\r=1", "'\r'=1"),
        ("\n=1", "'\n'=1"),
    ],
)
def test_csv_table_turns_a_formula_behind_another_separator_into_text(
    text: str, written: str
) -> None:
    data = csv_table(["n", "name"], [[1, text]])
    assert rows_of(data)[1] == ["1", written]
    # A spreadsheet that cuts at ";" or at tabs knows no quotation in the middle of a line.
    for cell in re.split(r"[;\t\r\n]", data.decode("utf-8-sig")):
        assert cell.lstrip('" \u00a0')[:1] not in {*"=+-@|%\uff1d"}


@pytest.mark.parametrize("text", ["a;b", "a\tb"])
def test_csv_table_quotes_what_another_separator_would_part(text: str) -> None:
    assert csv_table(["a", "b"], [[text, 1]]) == f'\ufeffa,b\r\n"{text}",1\r\n'.encode()


@pytest.mark.parametrize("text", ["a; b", "a;b=c", "Chat;", "1; 2", "a\tb-c", "two\nlines"])
def test_csv_table_keeps_text_with_other_separators_as_it_is(text: str) -> None:
    assert rows_of(csv_table(["name"], [[text]]))[1] == [text]


@pytest.mark.parametrize("row", [["", 1.5, "x"], ['say "so"', "a,b", -2], ["", "", ""]])
def test_csv_table_writes_as_the_standard_writer_does(row: list[str | int | float]) -> None:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\r\n").writerows([["a", "b", "c"], row])
    assert csv_table(["a", "b", "c"], [row]) == buffer.getvalue().encode("utf-8-sig")


def test_csv_table_keeps_a_row_of_one_empty_cell() -> None:
    assert rows_of(csv_table(["a"], [[""], [None]])) == [["a"], [""], [""]]


@pytest.mark.parametrize("text", ["plain", "a=b", "x-1", "", "1 + 1", "'quoted", 'say "so"', "a,b"])
def test_csv_table_leaves_other_text_alone(text: str) -> None:
    assert rows_of(csv_table(["name", "n"], [[text, 1]]))[1] == [text, "1"]


def test_csv_table_leaves_numbers_alone() -> None:
    assert rows_of(csv_table(["a", "b", "c"], [[-1.5, -2, None]]))[1] == ["-1.5", "-2", ""]


def test_csv_table_makes_headers_safe_too() -> None:
    assert rows_of(csv_table(["=x"], [])) == [["'=x"]]


def test_csv_table_drops_nul_before_it_looks() -> None:
    assert rows_of(csv_table(["a"], [["\0=1"]]))[1] == ["'=1"]


def test_csv_table_refuses_a_ragged_row() -> None:
    with pytest.raises(ValueError, match="a row has 1 cells under 2 headers"):
        csv_table(["a", "b"], [["x"]])


def test_csv_table_opens_as_unicode_in_a_spreadsheet() -> None:
    assert csv_table(["a"], [["ü"]]) == b"\xef\xbb\xbfa\r\n\xc3\xbc\r\n"


def test_metrics_csv_lists_every_figure() -> None:
    made = document(shifts={"loss": 1.0}, best="loss")
    figures = made["attacks"]["loss"]
    auc, rare, one = figures["auc"], figures["tpr"]["0.001"], figures["tpr"]["0.01"]
    rows = rows_of(metrics_csv(made))
    assert rows[0][:5] == ["attack", "measure", "value", "low_95", "high_95"]
    assert len(rows) == 1 + 4
    assert rows[1] == [
        "loss",
        "auc",
        *(str(auc[key]) for key in ("value", "low", "high")),
        "yes",
        "yes",
        "1200",
        "1200",
        "yes",
    ]
    assert rare["value"] is None
    assert rows[2] == ["loss", "tpr at fpr 0.001", "", "", "", "no", "no", "1200", "1200", "yes"]
    assert rows_of(metrics_csv({**made, "valid": False}))[1][-1] == "no"
    assert rows[3][2:7] == [*(str(one[key]) for key in ("value", "low", "high")), "yes", "yes"]


@pytest.mark.parametrize(
    ("n", "flags"), [(50, ["no", "no"]), (300, ["yes", "no"]), (1_200, ["yes", "yes"])]
)
def test_metrics_csv_gives_numbers_as_the_power_guard_allows(n: int, flags: list[str]) -> None:
    made = guessed(n)
    rows = [row for row in rows_of(metrics_csv(made)) if row[1] == "auc"]
    assert [row[0] for row in rows] == sorted(made["attacks"])
    assert [row[5:7] for row in rows] == [flags] * 3
    shown = [row[2:5] for row in rows]
    if flags[0] == "no":
        assert shown == [["", "", ""]] * 3
    else:
        figures = [made["attacks"][row[0]]["auc"] for row in rows]
        assert shown == [[str(one[key]) for key in ("value", "low", "high")] for one in figures]


def test_metrics_csv_of_a_result_from_before_the_power_guard_has_no_flags() -> None:
    made = guessed(300)
    auc = made["attacks"]["loss"]["auc"]
    del auc["reportable"], auc["rated"]
    row = next(row for row in rows_of(metrics_csv(made)) if row[:2] == ["loss", "auc"])
    assert row[2:7] == [*(str(auc[key]) for key in ("value", "low", "high")), "", ""]


def test_exposed_csv_has_a_row_for_each_record_that_is_named() -> None:
    members = [{"rows": [7, 3], "row_count": 30, "p": 0.0005}, {"rows": [12], "p": 0.001}]
    assert rows_of(exposed_csv({"exposed": {"members": members}})) == [
        ["rank", "record", "records_in_all", "p"],
        ["1", "7", "30", "0.0005"],
        ["1", "3", "30", "0.0005"],
        ["2", "12", "1", "0.001"],
    ]
