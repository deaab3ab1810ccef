"""Lists to take away: columns for the reader, no formulas, the same by name."""

import csv
import io
import json
from datetime import date

from audits.queries import dataset, house_listings, list_print, listings, plan
from audits.queries.listings import Column, Listing
from tests import factories

LISTED = Listing[str](
    "things", (Column("name", str), Column("secret", lambda _row: "for the house", staff=True))
)


def test_only_the_providers_people_get_columns_that_are_theirs() -> None:
    assert LISTED.as_csv(["a"], for_staff=True).decode("utf-8-sig").split() == [
        "name,secret",
        "a,for",
        "the",
        "house",
    ]
    assert LISTED.as_csv(["a"], for_staff=False).decode("utf-8-sig").split() == ["name", "a"]
    assert json.loads(LISTED.as_json(["a"], for_staff=False)) == {"things": [{"name": "a"}]}


def test_nothing_in_a_listing_runs_as_a_formula() -> None:
    assert LISTED.as_csv(["=1+1"], for_staff=False).decode("utf-8-sig") == "name\r\n'=1+1\r\n"


def test_days_are_words_on_paper_and_plain_in_files() -> None:
    day = date(2026, 2, 3)
    listed = Listing[date]("days", (Column("day", lambda row: row),))
    assert listed.as_words([day], ["day"]) == [("3 Feb 2026",)]
    assert listed.as_csv([day], for_staff=False).decode("utf-8-sig").split() == [
        "day",
        "2026-02-03",
    ]
    assert json.loads(listed.as_json([day], for_staff=False)) == {"days": [{"day": "2026-02-03"}]}


def test_paper_says_in_words_what_a_file_leaves_empty() -> None:
    listed = Listing[str]("things", (Column("who", str, unsaid="Nobody yet"),))
    assert listed.as_words(["", "Ann"], ["who"]) == [("Nobody yet",), ("Ann",)]
    assert json.loads(listed.as_json([""], for_staff=False)) == {"things": [{"who": ""}]}
    (who,) = [one for one in plan.listing(plain=True).columns if one.name == "owner"]
    assert str(who.unsaid) == "Nobody yet"
    assert str(list_print.PRINTED["plan"].columns["owner"][0]) == "Who"


def test_names_of_columns_are_unique_and_plain() -> None:
    values = [*vars(listings).values(), *vars(house_listings).values()]
    found = [value for value in values if isinstance(value, Listing)]
    for listing in [*found, listings.checklist(plain=True)]:
        names = [column.name for column in listing.columns]
        assert len(set(names)) == len(names)
        assert all(name.replace("_", "").isalnum() and name.islower() for name in names)


def test_dataset_without_a_version_has_empty_cells(provider_id: int) -> None:
    client = factories.make_client(provider_id)
    factories.make_dataset_version(factories.make_dataset(client, name="Records"))
    factories.make_dataset(client, name="=Empty")
    body = listings.DATASETS.as_csv(dataset.register(client), for_staff=False)
    rows = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))
    told = {row["dataset"]: (row["version"], row["used_for_training"]) for row in rows}
    assert told == {"Records": ("1", "400"), "'=Empty": ("", "")}
