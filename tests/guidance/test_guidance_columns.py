"""Which columns seem to be about people, and why."""

import pytest

from audits.enums import DataClass
from audits.guidance import checksums, columns
from audits.guidance.columns import Column, look_at, words

ROWS = 400
# Kinds that no name and no value gives away: a person says so.
ONLY_CHOSEN = {"other", "minors", "confidential"}


def column(name: str, values: list[str], *, is_number: bool = False) -> Column:
    return Column(
        name=name, values=values, rows=ROWS, distinct=len(set(values)), is_number=is_number
    )


def many(pattern: str) -> list[str]:
    return [pattern.format(number) for number in range(ROWS)]


def found(one: Column) -> tuple[str, str] | None:
    """Kind and key of the reason."""
    told = look_at([one])
    return (told[0].kind.key, told[0].reason.key) if told else None


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("MaritalStatus", ("marital", "status")),
        ("marital_status_2", ("marital", "status", "2")),
        ("NHSNumber", ("nhs", "number")),
        ("date-of birth", ("date", "of", "birth")),
        ("", ()),
    ],
)
def test_words_of_a_name_are_the_same_however_it_is_written(
    name: str, parts: tuple[str, ...]
) -> None:
    assert words(name) == parts


@pytest.mark.parametrize(
    ("good", "bad", "check"),
    [
        ("4111 1111 1111 1111", "4111 1111 1111 1112", checksums.card),
        ("GB82 WEST 1234 5698 7654 32", "GB82 WEST 1234 5698 7654 33", checksums.iban),
        ("943 476 5919", "943 476 5918", checksums.nhs_number),
        ("111222333", "111222334", checksums.bsn),
        ("12345678Z", "12345678A", checksums.dni),
        ("X1234567L", "X1234567M", checksums.dni),
        ("180126955222380", "180126955222381", checksums.nir),
        ("86095742719", "86095742718", checksums.tax_id),
        ("640823-3234", "640823-3235", checksums.personnummer),
        ("AB123456C", "BG123456C", checksums.nino),
        ("536-90-4399", "666-90-4399", checksums.ssn),
    ],
)
def test_check_digits_tell_a_real_number_from_a_false_one(good: str, bad: str, check) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - one of ten functions of the same form
    assert (check(good), check(bad), check(""), check("x" * 40)) == (True, False, False, False)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (many("person{}@example.org"), "email"),
        (many("+44 20 7946 0{:03}"), "phone"),
        (many("300.0.0.{}"), None),
        ([f"10.0.{n % 256}.{n // 256}" for n in range(ROWS)], "person_id"),
        ([f"E{n % 90:02}.{n % 9}" for n in range(ROWS)], "health"),
    ],
)
def test_values_speak_for_themselves_whatever_the_name(values: list[str], kind: str | None) -> None:
    told = found(column("v7", values))
    assert (told[0] if told else None) == kind


def test_check_digits_are_believed_only_where_nearly_all_fit() -> None:
    fitting = [f"{n:09}" for n in range(10**8, 10**8 + 40_000) if checksums.bsn(f"{n:09}")][:ROWS]
    assert len(fitting) == ROWS
    assert found(column("number", fitting, is_number=True)) == ("national_id", "national_id")
    random = [str(n) for n in range(10**8, 10**8 + ROWS)]
    assert found(column("number", random, is_number=True)) is None


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("MonthlyIncome", "pay"),
        ("native_country", "origin"),
        ("diag_1", "health"),
        ("reason_for_absence", "health"),
        ("DOB", "birth"),
        ("zip_code", "place"),
        ("WorkLifeBalance", None),
        ("average_storage", None),
        ("num_medications", None),
        ("stage", None),
    ],
)
def test_name_counts_by_whole_words(name: str, kind: str | None) -> None:
    told = found(column(name, [str(n % 7) for n in range(ROWS)], is_number=True))
    assert (told[0] if told else None) == kind


def test_identifier_is_not_believed_by_name_where_few_values_differ() -> None:
    assert found(column("telephone", ["yes", "none"] * 200)) is None
    assert found(column("customer_id", many("{}"), is_number=True)) == ("person_id", "column_name")


def test_categories_speak_for_themselves() -> None:
    assert found(column("c3", ["Married", "single", "divorced", "unknown"] * 100)) == (
        "family",
        "column_values",
    )
    assert found(column("colour", ["white", "red", "green", "blue"] * 100)) is None


def test_free_text_is_named_because_nobody_knows_what_is_in_it() -> None:
    text = many("the caller {} said that the printer on the second floor is broken again")
    assert found(column("body", text)) == ("text", "free_text")


def test_empty_and_hostile_columns_are_looked_at_without_harm() -> None:
    for values in (
        [],
        [""] * 9,
        ["\x00"] * 9,
        ["9" * 10**6] * 9,
        ["@" * 10**6] * 9,
        ["((((" * 50] * 9,
    ):
        assert found(column("c", values)) is None


def test_every_kind_names_a_class_of_the_register_and_an_impact() -> None:
    known = {*DataClass.values, "special"}
    for kind in columns.kinds():
        assert kind.data_class in known, kind.key
        assert 3 <= kind.impact <= 5, kind.key
        assert kind.names or kind.key in ONLY_CHOSEN, kind.key
    keys = [kind.key for kind in columns.kinds()]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    "written", ["19{:02}-03-12", "12.03.19{:02}", "12/3/19{:02}", "19{:02}/03/12", "12-03-20{:02}"]
)
def test_a_date_is_no_telephone_number(written: str) -> None:
    days = [written.format(number % 100) for number in range(ROWS)]
    assert found(column("ordered", days)) is None
    assert found(column("dob", days)) == ("birth", "column_name")


def test_a_column_called_name_is_one_of_people_where_its_values_differ() -> None:
    assert found(column("Name", many("Person {}"))) == ("name", "column_name")
    assert found(column("name", ["basic", "plus"] * 200)) is None
    assert found(column("product name", many("Thing {}"))) is None
