"""A list of tools from elsewhere (expenses, single sign-on, DNS): looked over, taken over."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audits.enums import DataClass
from audits.models import AITool, Client, User, VendorSheet
from audits.queries import tool as tools
from audits.queries import vendor as sheets
from audits.services import activity, checklist, names
from audits.services.activity import Line, Subject
from audits.services.plain_list import Heads, Row, Table, cell, problem_of, told_apart, where

MOST_PEOPLE: Final = 1_000_000

_LENGTHS: Final = {"name": 200, "vendor": 200, "note": 300}
# Words by which other programs head a column, the surest first.
HEADS: Final[Heads] = {
    "name": ("app", "application", "tool", "product", "service", "software", "domain", "name"),
    "vendor": ("vendor", "publisher", "supplier", "merchant", "company", "provider"),
    "people": ("users", "people", "seats", "licences", "licenses", "accounts", "employees"),
    "note": ("purpose", "description", "note", "notes", "memo", "category"),
}


@dataclass(frozen=True, kw_only=True)
class Mapped:
    """Which column says what; None where none does."""

    name: int
    vendor: int | None = None
    people: int | None = None
    note: int | None = None


@dataclass(frozen=True, kw_only=True)
class Found(Row):
    """A tool as a row of the list names it."""

    vendor: str
    people: int | None
    note: str
    sheet: VendorSheet | None


def look_over(table: Table, mapped: Mapped, client: Client) -> list[Found]:
    """What each row would become; nothing is written."""
    listed = {name.casefold() for name in tools.of_client(client).values_list("name", flat=True)}
    known = sheets.matching(
        client.provider_id, [cell(cells, mapped.name) for _number, cells in table.rows]
    )
    rows = (_found(number, cells, mapped, table.columns, known) for number, cells in table.rows)
    return told_apart(rows, listed=listed, already=_("on the list already"))


def _found(
    number: int,
    cells: Sequence[str],
    mapped: Mapped,
    columns: Sequence[str],
    known: Mapping[str, VendorSheet],
) -> Found:
    places = {"name": mapped.name, "vendor": mapped.vendor, "note": mapped.note}
    texts = {field: cell(cells, place) for field, place in places.items()}
    problems = [
        where(number, columns, places[field], problem)
        for field, text in texts.items()
        if (problem := problem_of(text, longest=_LENGTHS[field]))
    ]
    if not texts["name"]:
        problems.insert(0, where(number, columns, mapped.name, _("is empty")))
    people, wrong = _people(cell(cells, mapped.people))
    if wrong:
        problems.append(where(number, columns, mapped.people, wrong))
    return Found(
        number=number,
        name=texts["name"],
        vendor=texts["vendor"],
        people=people,
        note=texts["note"],
        sheet=known.get(texts["name"].casefold()),
        problem="; ".join(problems),
    )


def _people(text: str) -> tuple[int | None, str]:
    if not text:
        return None, ""
    # A spreadsheet may write twelve as 12.0.
    bare = re.sub(r"(?<=\d)[,.'\u2019\s](?=\d{3}\b)", "", re.sub(r"(?<=\d)\.0{1,2}$", "", text))
    if not re.fullmatch(r"[0-9]{1,7}", bare) or int(bare) > MOST_PEOPLE:
        return None, _("is no number of people")
    return int(bare), ""


@transaction.atomic
def take_over(
    *, client: Client, actor: User, rows: Sequence[Found], data_class: DataClass
) -> list[AITool]:
    """Report every new row as a tool of the client, each with its line; the others are left."""
    now = timezone.now()
    known = {row.sheet.pk: row for row in sheets.rows_of({row.sheet for row in rows if row.sheet})}
    with names.refused_if_taken():
        made = AITool.objects.bulk_create(
            AITool(
                provider_id=client.provider_id,
                client=client,
                name=row.name,
                vendor=row.vendor or (row.sheet.vendor if row.sheet else ""),
                sheet=row.sheet,
                plan=row.sheet.tier if row.sheet else "",
                category=row.sheet.category if row.sheet else AITool().category,
                people=row.people,
                trains_on_data=known[row.sheet.pk].trains if row.sheet else AITool().trains_on_data,
                data_class=data_class,
                data_note=row.note,
                requested_by=actor,
                requested_at=now,
            )
            for row in rows
            if row.is_new
        )
    lines = [
        Line(client=client, subject=Subject.of(tool), details={"from": _("an uploaded list")})
        for tool in made
    ]
    activity.record_each(actor=actor, verb="added", lines=lines)
    checklist.refresh(client=client)
    return made
