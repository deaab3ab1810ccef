import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from audits.engine.errors import InputError
from audits.engine.loaders.tables import TableLimits, read_table, split_columns
from audits.engine.types import AuditPlan
from tests.engine.cast import csv


def parquet(table: pa.Table) -> io.BytesIO:
    out = io.BytesIO()
    pq.write_table(table, out)
    out.seek(0)
    return out


def refusal(file: io.BytesIO, limits: TableLimits | None = None) -> InputError:
    with pytest.raises(InputError) as caught:
        read_table(file, subject="members", limits=limits or TableLimits())
    assert caught.value.subject == "members"
    assert caught.value.remedy
    return caught.value


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_csv_delimiter_is_found(delimiter: str) -> None:
    text = "age,job,y\n31,nurse,1\n42,clerk,0\n".replace(",", delimiter)
    table = read_table(csv(text), subject="members")
    assert table.to_pydict() == {"age": [31, 42], "job": ["nurse", "clerk"], "y": [1, 0]}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_csv_encoding_is_found(encoding: str) -> None:
    file = io.BytesIO("naïve,y\ncafé,1\n".encode(encoding))
    assert read_table(file, subject="members").to_pydict() == {"naïve": ["café"], "y": [1]}


def test_csv_missing_values_are_missing() -> None:
    table = read_table(csv("a,b\n1,x\nNA,\n,N/A\n"), subject="members")
    assert table.to_pydict() == {"a": [1, None, None], "b": ["x", None, None]}


def test_csv_column_type_is_taken_from_all_rows() -> None:
    rows = "1\n" * 200_000 + "2.5\n"
    table = read_table(csv("a\n" + rows), subject="members")
    assert table.schema.field("a").type == pa.float64()


def test_csv_dates_stay_text() -> None:
    table = read_table(csv("d,y\n2020-01-31,1\n2021-02-28,0\n"), subject="members")
    assert table.to_pydict() == {"d": ["2020-01-31", "2021-02-28"], "y": [1, 0]}


def test_csv_quotes_hold_delimiters_and_newlines() -> None:
    table = read_table(csv('a,b\n"x, y\nz",1\n'), subject="members")
    assert table.to_pydict() == {"a": ["x, y\nz"], "b": [1]}


def test_parquet_is_told_by_content_and_categories_are_text() -> None:
    source = pa.table({"job": pa.array(["a", "b", "a"]).dictionary_encode(), "y": [1, 0, 1]})
    table = read_table(parquet(source), subject="members")
    assert table.to_pydict() == {"job": ["a", "b", "a"], "y": [1, 0, 1]}
    assert table.schema.field("job").type == pa.large_string()


@pytest.mark.parametrize("content", ["", "  \n\n"])
def test_empty_file_is_refused(content: str) -> None:
    assert refusal(csv(content)).problem == "the file is empty"


def test_header_without_records_is_refused() -> None:
    assert refusal(csv("a,b\n")).problem == "the file has no records"


def test_column_name_twice_is_refused() -> None:
    assert refusal(csv("a,b,a\n1,2,3\n")).problem == "column 'a' appears twice"


def test_too_many_columns_are_counted_before_they_are_compared() -> None:
    # Comparing a hundred thousand names with each other would take minutes.
    header = ",".join(["a"] * 100_000)
    assert refusal(csv(f"{header}\n")).problem == "100,000 columns are more than 2,000"


def test_ragged_csv_is_refused_with_the_line() -> None:
    problem = refusal(csv("a,b\n1,2\n1,2,3\n")).problem
    assert "cannot be read as CSV" in problem
    assert "Expected 2 columns, got 3" in problem


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"PK\x03\x04rest", "the file is an Excel workbook or a zip"),
        (b"\x80\x04\x95\x00\x00\x00\x00", "the file is neither CSV nor Parquet"),
        (b"PAR1 and nothing more", "the Parquet file is damaged or of an unknown kind"),
    ],
)
def test_other_content_is_refused(content: bytes, problem: str) -> None:
    assert refusal(io.BytesIO(content)).problem == problem


def test_nested_parquet_column_is_refused() -> None:
    source = pa.table({"tags": [["a"], ["b"]], "y": [1, 0]})
    assert refusal(parquet(source)).problem == "column 'tags' holds lists or records"


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


@pytest.mark.parametrize(
    ("limits", "problem"),
    [
        (TableLimits(max_rows=2), "3 records of 1 columns are more than 2 of 2,000"),
        (TableLimits(max_unpacked_bytes=10), "the file unpacks to more than 0 MiB"),
    ],
)
def test_parquet_beyond_a_limit_is_refused_before_it_is_read(
    limits: TableLimits, problem: str
) -> None:
    assert refusal(parquet(pa.table({"a": [1, 2, 3]})), limits).problem == problem


def cut(text: str, plan: AuditPlan) -> dict[str, list[object]]:
    records = split_columns(read_table(csv(text), subject="members"), plan, subject="members")
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


def test_feature_of_dates_is_refused_by_name() -> None:
    days = pa.array([1, 2], pa.int32()).cast(pa.date32())
    table = read_table(parquet(pa.table({"born": days, "y": [1, 0]})), subject="members")
    with pytest.raises(InputError, match="column 'born' holds date32"):
        split_columns(table, AuditPlan(target="y"), subject="members")
