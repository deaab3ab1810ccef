"""Lists of tools as other programs export them, and lists that mean harm."""

import pytest

from audits.access import opened
from audits.enums import DataClass
from audits.models import Activity, AITool
from audits.services import plain_list, tool_list
from audits.services.errors import InvalidInput
from audits.services.tool_list import Found, Mapped
from tests.factories import TOOL, World
from tests.sheets import VENDOR

NAME_FIRST = Mapped(name=0)


def refusal(data: bytes) -> str:
    with pytest.raises(InvalidInput) as refused:
        plain_list.read(plain_list.decoded(data))
    assert refused.value.field == "file"
    return str(refused.value)


@pytest.mark.parametrize(
    ("data", "columns", "first"),
    [
        (b"App,Users\nSlides,3\n", ("App", "Users"), ("Slides", "3")),
        (b"\xef\xbb\xbfApp;Users\r\nSlides;3\r\n", ("App", "Users"), ("Slides", "3")),
        ("App\tUsers\nSlides\t3\n".encode("utf-16"), ("App", "Users"), ("Slides", "3")),
        ("App,Memo\nSlides,caf\xe9\n".encode("cp1252"), ("App", "Memo"), ("Slides", "café")),
        (b'App,Memo\n"Slides","a, b\nc"\n', ("App", "Memo"), ("Slides", "a, b\nc")),
        (b"App,\nSlides,3\n", ("App", "column 2"), ("Slides", "3")),
    ],
)
def test_list_is_read_as_programs_write_it(
    data: bytes, columns: tuple[str, ...], first: tuple[str, ...]
) -> None:
    table = plain_list.read(plain_list.decoded(data))
    assert (table.columns, table.rows[0]) == (columns, (2, first))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no row below"),
        (b"App,Users\n", "no row below"),
        (b"App,Users\nSlides\n", "Row 2 has 1 values where the first row has 2"),
        (b"App,Users\n\nA,1\nB,2,3\n", "Row 4 has 3 values"),
        (b"PK\x03\x04\x00\x00App", "characters that no text has"),
        (b"App\nSli\x00des\n", "characters that no text has"),
        (b"App\nSli\x1b[31mdes\n", "characters that no text has"),
        (b'App\n"Slides\n', "cannot be read"),
        (b"App\n" + b"x" * 1_001 + b"\n", "Row 2 has a value of more than 1000 characters"),
        (b"App\n" + b"x\n" * 501, "more than 500 rows"),
        (b"App" + b",c" * 60 + b"\n" + b"x" + b",y" * 60 + b"\n", "more than 60 columns"),
        (b"App\n" + b"x\n" * 200_000, "more than 256 KB"),
        (b"\xff\xfeA", "neither UTF-8 nor Windows-1252"),
    ],
)
def test_list_that_is_none_is_refused_with_its_row(data: bytes, said: str) -> None:
    assert said in refusal(data)


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        (("Merchant", "Application", "Seats"), {"name": 1, "vendor": 0, "people": 2}),
        (("Service name", "Publisher", "Notes"), {"name": 0, "vendor": 1, "note": 2}),
        (("Date", "Amount"), {}),
    ],
)  # fmt: skip
def test_columns_are_guessed_by_their_heads(
    columns: tuple[str, ...], found: dict[str, int]
) -> None:
    assert plain_list.guessed(columns, tool_list.HEADS) == found


def looked_over(world: World, text: str, mapped: Mapped = NAME_FIRST) -> list[Found]:
    with opened(world.ours.technician, slug=world.here.client.slug) as (_actor, client):
        assert client is not None
        return tool_list.look_over(plain_list.read(text), mapped, client)


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("=HYPERLINK(1)", "begins as a formula"),
        (" +1", "begins as a formula"),
        ("-2", "begins as a formula"),
        ("@SUM(A1)", "begins as a formula"),
        ("\uff1d1", "begins as a formula"),
        ("'=1", "begins as a formula"),
        ("Chat;=1+1", "after a “;”"),
        ("Chat; '@SUM(A1)", "after a “;”"),
        ("a;b;\uff1d1", "after a “;”"),
        ("Sli\u202edes", "nobody can see"),
        ("Sli\u200bdes", "nobody can see"),
        ("Sli\u200ddes", "nobody can see"),
        ("\u0645\u06cc \u200c", "nobody can see"),
        ("x" * 201, "longer than 200"),
    ],
)
def test_hostile_cell_is_left_out_by_row_and_column(world: World, cell: str, said: str) -> None:
    (first, second) = looked_over(world, f'App,Memo\n"{cell}",x\nSlides,y\n')
    assert first.problem.startswith("row 2, column “App”: ")
    assert said in first.problem
    assert (first.is_new, second.is_new) == (False, True)


def test_name_with_another_separator_is_taken_as_it_is(world: World) -> None:
    (row,) = looked_over(world, 'App,Memo\n"Chat; Plus",x\n')
    assert (row.name, row.problem) == ("Chat; Plus", "")


@pytest.mark.parametrize(
    "name",
    [
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "\U0001f469\u200d\u2695\ufe0f Vet",
        "\u0635\u062d\u0629",
    ],
)
def test_joiners_of_other_scripts_and_of_pictures_are_part_of_a_name(
    world: World, name: str
) -> None:
    (row,) = looked_over(world, f"App,Memo\n{name},x\n")
    assert (row.name, row.problem) == (name, "")


@pytest.mark.parametrize(
    ("text", "people"),
    [("12", 12), ("12.0", 12), ("1,200", 1_200), ("1 200", 1_200), ("1.200", 1_200), ("", None)],
)
def test_number_of_people_is_read(world: World, text: str, people: int | None) -> None:
    (row,) = looked_over(world, f'App,Seats\nSlides,"{text}"\n', Mapped(name=0, people=1))
    assert (row.people, row.problem) == (people, "")


@pytest.mark.parametrize("text", ["many", "1.5", "-3", "99999999", "1e9"])
def test_what_is_no_number_of_people_is_said(world: World, text: str) -> None:
    (row,) = looked_over(world, f"App,Seats\nSlides,{text}\n", Mapped(name=0, people=1))
    assert row.problem == "row 2, column “Seats”: is no number of people"


def test_rows_that_are_known_or_come_twice_are_not_new(world: World) -> None:
    rows = looked_over(world, f"App,\n{TOOL.upper()},\nSlides,\nslides,\n,x\n")
    assert [row.skipped for row in rows] == ["on the list already", "", "the same as row 3", ""]
    assert rows[3].problem == "row 5, column “App”: is empty"


def test_take_over_writes_new_rows_alone_each_with_its_line(world: World) -> None:
    with opened(world.ours.technician, slug=world.here.client.slug) as (actor, client):
        assert client is not None
        AITool.objects.update(name="Renamed")
        text = f"App,Vendor,Users\n{TOOL},,4\nSlides,Slide Co,12\n=1,x,1\n"
        rows = tool_list.look_over(
            plain_list.read(text), Mapped(name=0, vendor=1, people=2), client
        )
        made = tool_list.take_over(
            client=client, actor=actor.user, rows=rows, data_class=DataClass.PERSONAL
        )
        assert [tool.name for tool in made] == [TOOL, "Slides"]
        known, other = AITool.objects.exclude(name="Renamed").order_by("pk")
        assert (known.sheet, known.vendor, known.people) == (world.ours.sheet, VENDOR, 4)
        assert (other.sheet, other.vendor, other.people) == (None, "Slide Co", 12)
        assert {known.requested_by, other.requested_by} == {actor.user}
        assert Activity.objects.filter(verb="added", object_type="aitool").count() == 2


def test_rows_with_a_problem_keep_it_and_do_not_count_as_the_first_of_their_name() -> None:
    rows = [
        plain_list.Row(number=2, name="Slides", problem="row 2: too long"),
        plain_list.Row(number=3, name="slides"),
        plain_list.Row(number=4, name="SLIDES"),
        plain_list.Row(number=5, name="Mail"),
    ]
    found = plain_list.told_apart(rows, listed={"mail"}, already="there already")
    assert [row.is_new for row in found] == [False, True, False, False]
    assert [row.skipped for row in found] == ["", "", "the same as row 3", "there already"]
