"""A profile counts and rounds; what it says is nobody's value."""

import json
from typing import Any

import pyarrow as pa
import pytest

from audits.engine.types import AuditPlan
from audits.sandbox import table_profile as profiles
from audits.sandbox.table_profile import table_profile
from audits.services import result_shape

PLAN = AuditPlan(target="label", group="who", drop=("note",))


def text(values: list[str | None]) -> pa.Array:
    return pa.array(values, pa.large_string())


def people(count: int, first: int = 0) -> pa.Table:
    numbers = range(first, first + count)
    return pa.table(
        {
            "who": text([f"patient-{n:05}" for n in numbers]),
            "e_mail": text([f"secret{n}@example.org" for n in numbers]),
            "account_number": [900_000_000 + 7 * n for n in numbers],
            "age": [18 + n % 73 for n in numbers],
            "income": pa.array([12_345.67 + 991.0 * n for n in numbers]),
            "height_cm": pa.array([None if n % 4 == 0 else 150 + n % 50 for n in numbers]),
            "shop": text([f"shop {n % 3}" for n in numbers]),
            "note": text([f"remark number {n} by hand" for n in numbers]),
            "born": pa.array([-14_000.0 + 30 * n for n in numbers]),
            "label": [n % 2 for n in numbers],
        }
    )


def told(tables: dict[str, pa.Table], plan: AuditPlan = PLAN) -> dict[str, object]:
    return table_profile(tables, plan, ["born"])


def columns(found: dict[str, object]) -> dict[str, dict[str, Any]]:
    listed = found["columns"]
    assert isinstance(listed, list)
    return {column["name"]: column for column in listed}


@pytest.fixture(scope="module")
def found() -> dict[str, object]:
    return told({"members": people(300), "nonmembers": people(100, 300)})


def test_rows_types_gaps_and_different_values_are_counted(found: dict[str, object]) -> None:
    by_name = columns(found)
    assert (found["rows"], found["looked_at"], found["column_count"]) == (400, 400, 10)
    assert {name: column["type"] for name, column in by_name.items()} == {
        "who": "text",
        "e_mail": "text",
        "account_number": "whole",
        "age": "whole",
        "income": "number",
        "height_cm": "whole",
        "shop": "text",
        "note": "text",
        "born": "date",
        "label": "whole",
    }
    assert (by_name["height_cm"]["missing"], by_name["age"]["missing"]) == (100, 0)
    assert [by_name[name]["distinct"] for name in ("who", "age", "shop", "label")] == [
        400, 73, 3, 2,
    ]  # fmt: skip
    roles = {name: column["role"] for name, column in by_name.items()}
    assert {name: role for name, role in roles.items() if role != "feature"} == {
        "who": "person",
        "note": "left_out",
        "label": "label",
    }


def test_ranges_are_rounded_outwards_and_none_names_anybody(found: dict[str, object]) -> None:
    by_name = columns(found)
    ranges = {name: (column["low"], column["high"]) for name, column in by_name.items()}
    assert ranges["age"] == (18, 90)
    assert ranges["income"] == (12_000, 410_000)
    assert ranges["born"] == (1931, 1965)
    for name in ("who", "e_mail", "account_number", "shop", "note"):
        assert ranges[name] == (None, None)


def test_no_value_of_a_record_stands_in_the_profile(found: dict[str, object]) -> None:
    said = json.dumps(found)
    for part in ("secret", "patient-", "remark", "12345.67", "900000", "shop 1"):
        assert part not in said


def test_columns_with_a_value_for_nearly_everybody_are_named(found: dict[str, object]) -> None:
    own = {name for name, column in columns(found).items() if column["own_values"]}
    assert own == {"who", "e_mail", "account_number", "note", "born"}


def test_columns_about_people_are_proposed_with_their_reason(found: dict[str, object]) -> None:
    by_name = columns(found)
    about = {name: column["about"] for name, column in by_name.items() if column["about"]}
    kinds = {name: (one["kind"], one["reason"]) for name, one in about.items()}
    assert kinds == {
        "who": ("person_id", "person_column"),
        "e_mail": ("email", "looks_like"),
        "account_number": ("person_id", "column_name"),
        "age": ("age", "column_name"),
        "income": ("pay", "column_name"),
    }


def test_repeated_records_are_counted_and_those_on_both_sides() -> None:
    one = people(50)
    both = told({"members": pa.concat_tables([one, one.slice(0, 7)]), "nonmembers": one.slice(40)})
    assert both["duplicates"] == {"repeated": 17, "on_both_sides": 10}
    apart = told({"members": one, "nonmembers": people(50, 50)})
    assert apart["duplicates"] == {"repeated": 0, "on_both_sides": 0}


def test_records_that_stand_alone_are_counted_by_the_columns_about_people() -> None:
    ages = [30] * 10 + [31] * 4 + [90]
    side = pa.table({"age": ages, "x": list(range(15)), "label": [0, 1, 1] * 5})
    plan = AuditPlan(target="label")
    found = told({"members": side, "nonmembers": side.slice(0, 10)}, plan)
    assert found["alike"] == {"columns": 1, "alone": 1, "few": 5}
    bare = side.drop_columns(["age"])
    assert told({"members": bare, "nonmembers": bare}, plan)["alike"] is None


def test_columns_of_two_kinds_on_two_sides_are_read_together() -> None:
    members = pa.table({"a": [1, 2], "b": pa.nulls(2, pa.float64()), "label": [0, 1]})
    others = pa.table({"a": [1.5, float("nan")], "b": text(["x", "y"]), "label": [0, 1]})
    by_name = columns(told({"members": members, "nonmembers": others}, AuditPlan(target="label")))
    assert (by_name["a"]["type"], by_name["a"]["missing"], by_name["a"]["distinct"]) == (
        "number", 1, 3,
    )  # fmt: skip
    assert (by_name["b"]["type"], by_name["b"]["missing"]) == ("text", 2)


def test_wide_tables_are_looked_at_in_part_and_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profiles, "MOST_CELLS", 10_000)
    monkeypatch.setattr(profiles, "MOST_COLUMNS", 4)
    found = told({"members": people(3_000), "nonmembers": people(1_000, 3_000)})
    assert (found["rows"], found["looked_at"]) == (4_000, 1_000)
    assert found["column_count"] == 10
    # Those about people come first, in the order of the file.
    assert list(columns(found)) == ["who", "e_mail", "account_number", "age"]


def test_values_without_end_and_numbers_without_a_name_are_survived() -> None:
    side = pa.table(
        {
            "a": [float("inf"), float("-inf"), float("nan"), None],
            "b": pa.array([1e308, -1e308, 5e-324, 0.0]),
            "c": text(["\x00", "=" * 10_000, "", "٣"]),
            "label": [0, 1, 0, 1],
        }
    )
    by_name = columns(told({"members": side, "nonmembers": side}, AuditPlan(target="label")))
    assert (by_name["a"]["low"], by_name["a"]["high"]) == (None, None)
    json.dumps(by_name, allow_nan=False)


def test_what_is_said_has_the_form_that_is_checked(found: dict[str, object]) -> None:
    counted = {
        "members": 300,
        "nonmembers": 100,
        "population": 0,
        "persons": {"members": 300, "nonmembers": 100},
        "features": 7,
        "classes": [{"value": "0", "members": 150, "nonmembers": 50}],
        "class_count": 2,
        "reading": {},
    }
    result_shape.check_table({**found, **counted})
