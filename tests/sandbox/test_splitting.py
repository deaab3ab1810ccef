"""A split that chance alone decides, person by person, and files that come back as they were."""

import io
from collections import Counter

import pyarrow as pa
import pytest

from audits import sandbox
from audits.engine.loaders.tables import read_described
from audits.sandbox.splitting import drawn_apart, written
from tests.sandbox.test_intake import look, refusal

PARAMS = {
    "target": "label",
    "drop": ["id"],
    "group": "who",
    "held_out_percent": 30,
    "seed": 11,
}


def table(people: int = 50) -> pa.Table:
    """Three records for each person."""
    rows = [(f"p{n}", n % 80, "yes" if n % 3 else "no") for n in range(people) for _ in range(3)]
    who, age, label = zip(*rows, strict=True)
    ids = list(range(len(rows)))
    return pa.table({"id": ids, "who": list(who), "age": list(age), "label": list(label)})


def as_csv(one: pa.Table) -> bytes:
    import pyarrow.csv as pa_csv  # noqa: PLC0415 - heavy

    buffer = io.BytesIO()
    pa_csv.write_csv(one, buffer)
    return buffer.getvalue()


def test_every_record_is_on_one_side_and_no_person_on_both() -> None:
    whole = table()
    sides, people = drawn_apart(whole, group="who", held_out_percent=30, seed=1)
    ids = [set(side["id"].to_pylist()) for side in sides.values()]
    assert ids[0] | ids[1] == set(range(150))
    assert not ids[0] & ids[1]
    persons = [set(side["who"].to_pylist()) for side in sides.values()]
    assert not persons[0] & persons[1]
    assert people == {"members": 35, "nonmembers": 15}
    assert [len(one) for one in persons] == [35, 15]
    for side in sides.values():
        assert side["id"].to_pylist() == sorted(side["id"].to_pylist())


def test_the_seed_fixes_the_draw_and_another_gives_another() -> None:
    whole = table()
    first, again, other = (
        drawn_apart(whole, group="who", held_out_percent=50, seed=seed)[0]["members"]
        for seed in (5, 5, 6)
    )
    assert first.equals(again)
    assert not first.equals(other)


def test_every_person_is_held_back_about_as_often() -> None:
    """Two hundred draws of three in ten: nobody is preferred, wherever they stand in the file."""
    whole, held = table(20), Counter[str]()
    draws = 400
    for seed in range(draws):
        sides, _ = drawn_apart(whole, group="who", held_out_percent=30, seed=seed)
        held.update(set(sides["nonmembers"]["who"].to_pylist()))
    expected, deviation = draws * 0.3, (draws * 0.3 * 0.7) ** 0.5
    assert set(held) == {f"p{n}" for n in range(20)}
    assert max(abs(count - expected) for count in held.values()) < 4 * deviation


def test_without_a_person_column_records_are_drawn() -> None:
    sides, people = drawn_apart(table(), group=None, held_out_percent=20, seed=2)
    assert people == {"members": 120, "nonmembers": 30}
    assert [side.num_rows for side in sides.values()] == [120, 30]


def test_both_sides_hold_somebody_however_few_there_are() -> None:
    for percent in (20, 50):
        sides, people = drawn_apart(table(2), group="who", held_out_percent=percent, seed=0)
        assert people == {"members": 1, "nonmembers": 1}
        assert [side.num_rows for side in sides.values()] == [3, 3]
    with pytest.raises(sandbox.Refused):
        drawn_apart(table(1), group="who", held_out_percent=50, seed=0)


def test_text_comes_back_as_text_and_is_read_as_it_was() -> None:
    sides, _ = drawn_apart(table(), group="who", held_out_percent=30, seed=3)
    plain = {
        name: read_described(io.BytesIO(as_csv(one)), subject="members")[0]
        for name, one in sides.items()
    }
    files, kind = written(plain, read_as="csv")
    assert kind == "csv"
    for name, data in files.items():
        assert read_described(io.BytesIO(data), subject="members")[0].equals(plain[name])


@pytest.mark.parametrize(
    "cell", ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3+cmd|x", " =1", "%x", "|x"]
)
def test_a_cell_that_a_spreadsheet_would_run_is_never_written_as_text(cell: str) -> None:
    one = pa.table({"a": pa.array([cell, "b"], pa.large_string()), "label": [1, 0]})
    assert written({"members": one, "nonmembers": one}, read_as="csv")[1] == "parquet"
    named = one.rename_columns([cell, "label"])
    assert written({"members": named, "nonmembers": named}, read_as="csv")[1] == "parquet"


@pytest.mark.parametrize("cell", ["+44 20 7946 0000", "-5", "a=b", "me@example.org"])
def test_numbers_and_plain_words_stay_text(cell: str) -> None:
    one = pa.table({"a": pa.array([cell, "b"], pa.large_string()), "label": [1, 0]})
    assert written({"members": one, "nonmembers": one}, read_as="csv")[1] == "csv"


def test_text_that_would_come_back_as_numbers_becomes_parquet() -> None:
    one = pa.table({"plz": pa.array(["01234", "00501"], pa.large_string()), "label": [1, 0]})
    files, kind = written({"members": one, "nonmembers": one}, read_as="xlsx")
    assert kind == "parquet"
    assert read_described(io.BytesIO(files["members"]), subject="members")[0].equals(one)


def test_split_table_describes_both_sides_and_hands_them_back() -> None:
    seen = look("split_table", {"table": as_csv(table())}, PARAMS)
    assert (seen.result["members"], seen.result["nonmembers"]) == (105, 45)
    assert seen.result["drawing"] == {
        "format": "csv",
        "people": {"members": 35, "nonmembers": 15},
    }
    assert seen.result["persons"] == {"members": 35, "nonmembers": 15}
    sides = {
        name: read_described(io.BytesIO(data), subject="members")[0]
        for name, data in seen.blobs.items()
    }
    expected, _ = drawn_apart(table(), group="who", held_out_percent=30, seed=11)
    assert {name: one["id"].to_pylist() for name, one in sides.items()} == {
        name: one["id"].to_pylist() for name, one in expected.items()
    }


@pytest.mark.parametrize(
    ("data", "changes", "subject"),
    [
        (b"", {}, "table"),
        (b"id,who,age,label\n1,a,3,x\n2,,4,y\n", {}, "table"),
        (b"id,who,age,label\n1,a,3,x\n2,a,4,y\n", {}, "group"),
        (b"id,who,age,label\n1,a,3,x\n2,b,4,y\n", {"target": "nothing"}, "target"),
        (b"id,who,age,label\n1,a,3,x\n2,b,4,y\n", {"group": "nobody"}, "group"),
        (b"id,who,age,label\n1,a,3,x\n2,b,4,y\n", {"drop": ["shoe"]}, "drop"),
        (b"\x80\x04pickle", {}, "table"),
    ],
)
def test_table_that_cannot_be_split_is_refused_at_the_field(
    data: bytes, changes: dict[str, object], subject: str
) -> None:
    assert refusal("split_table", {"table": data}, {**PARAMS, **changes}) == subject
