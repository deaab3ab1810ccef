import gzip
import io

import pytest

from audits.engine.errors import InputError
from audits.engine.loaders.tables import TableLimits, read_described, split_columns
from audits.engine.types import AuditPlan
from tests.engine.cast import csv
from tests.engine.table_files import refusal
from tests.engine.workbooks import DATE, workbook


@pytest.mark.parametrize("content", ["", "  \n\n"])
def test_empty_file_is_refused(content: str) -> None:
    assert refusal(csv(content)).problem == "the file is empty"


def test_header_without_records_is_refused() -> None:
    assert refusal(csv("a,b\n")).problem == "the file has no records"


def test_column_name_twice_is_refused() -> None:
    assert refusal(csv("a,b,a\n1,2,3\n")).problem == "column 'a' appears twice"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"PK\x03\x04rest", "the Excel workbook is damaged"),
        (b"\x80\x04\x95\x00\x00\x00\x00", "the file is a Python pickle"),
        (b"\x00\x01\x02", "the file is neither CSV, Excel, Parquet nor JSON lines"),
        (b"PAR1 and nothing more", "the Parquet file is damaged or of an unknown kind"),
        (gzip.compress(b"a,y\n1,2\n", mtime=0), "the file is compressed (gzip)"),
        (b"BZh91AY&SY\xff", "the file is compressed (bzip2)"),
        (b"\x28\xb5\x2f\xfd\x04", "the file is compressed (Zstandard)"),
        (b"%PDF-1.7\n", "the file is a PDF"),
        (b"  <!DOCTYPE html><table>", "the file is a web page or XML"),
        (b'\xef\xbb\xbf[\n {"a": 1}]', "the file is one JSON list"),
    ],
)
def test_other_content_is_refused(content: bytes, problem: str) -> None:
    assert refusal(io.BytesIO(content)).problem == problem


@pytest.mark.parametrize(
    ("limits", "problem"),
    [
        (TableLimits(max_rows=2), "3 records are more than 2"),
        (TableLimits(max_columns=1), "2 columns are more than 1"),
        (TableLimits(max_bytes=3), "the file is larger than 0 MiB"),
    ],
)
def test_csv_beyond_a_limit_is_refused(limits: TableLimits, problem: str) -> None:
    assert refusal(csv("a,b\n1,2\n3,4\n5,6\n"), limits).problem == problem


def cut(text: str, plan: AuditPlan) -> dict[str, list[object]]:
    records = split_columns(
        read_described(csv(text), subject="members")[0], plan, subject="members"
    )
    return {
        "features": records.features.column_names,
        "labels": records.labels.to_pylist(),
        "groups": [] if records.groups is None else records.groups.to_pylist(),
    }


TEXT = "id,age,person,income\n1,31,a,yes\n2,42,b,no\n"


def test_columns_are_cut_as_planned() -> None:
    plan = AuditPlan(target="income", drop=("id",), group="person")
    assert cut(TEXT, plan) == {"features": ["age"], "labels": ["yes", "no"], "groups": ["a", "b"]}


@pytest.mark.parametrize(
    ("plan", "subject", "problem"),
    [
        (AuditPlan(), "target", "no label column was named"),
        (
            AuditPlan(target="Income"),
            "target",
            "members has no column 'Income'; did you mean 'income'? "
            "(found: id, age, person, income)",
        ),
        (
            AuditPlan(target="income", drop=("zip",)),
            "drop",
            "members has no column 'zip' (found: id, age, person, income)",
        ),
        (
            AuditPlan(target="income", group="persona"),
            "group",
            "members has no column 'persona'; did you mean 'person'? "
            "(found: id, age, person, income)",
        ),
        (
            AuditPlan(target="income", drop=("id", "age", "person")),
            "members",
            "no feature column is left",
        ),
    ],
)
def test_plan_that_does_not_fit_the_columns_is_refused(
    plan: AuditPlan, subject: str, problem: str
) -> None:
    with pytest.raises(InputError) as caught:
        cut(TEXT, plan)
    assert (caught.value.subject, caught.value.problem) == (subject, problem)


def test_missing_label_is_refused_with_its_number() -> None:
    with pytest.raises(InputError, match="label column 'y' is empty in 1 of 2 records"):
        cut("a,y\n1,yes\n2,\n", AuditPlan(target="y"))


def test_name_of_a_compression_is_a_fine_column_name() -> None:
    assert read_described(csv("BZh,y\n1,2\n"), subject="members")[0].column_names == ["BZh", "y"]


def test_dates_of_a_workbook_can_be_features() -> None:
    file = workbook([["born", "y"], [(10.0, DATE), 1], [(40_179.0, DATE), 0]])
    table, reading = read_described(file, subject="members")
    records = split_columns(table, AuditPlan(target="y"), subject="members")
    assert records.features.to_pydict() == {"born": [-25_558.0, 14_610.0]}
    assert reading.dates == ("born",)
