"""The crosswalk of a client: passages of a framework, its controls, and what was answered."""

from collections.abc import Iterable
from dataclasses import dataclass

from audits.guidance import frameworks
from audits.guidance.catalogue import Control, Mapped
from audits.guidance.frameworks import Framework
from audits.models import Client
from audits.queries import checklist, editions
from audits.queries.checklist import ChecklistRow


@dataclass(frozen=True, kw_only=True)
class Line:
    """One passage with the client's own rows for the controls that support it."""

    reference: str
    rows: list[ChecklistRow]


def listed(client: Client) -> tuple[Framework, ...]:
    """Frameworks of which the client's own edition has a passage, in the order of the file."""
    return frameworks.listed(editions.controls_at(client).values())


def by_key(client: Client, key: str) -> Framework | None:
    return next((one for one in listed(client) if one.key == key), None)


def passages(control: Control) -> tuple[Mapped, ...]:
    """What a control supports, as far as it was read."""
    return frameworks.shown(control)


def crosswalk(
    client: Client, framework: Framework, *, rows: Iterable[ChecklistRow] | None = None
) -> list[Line]:
    """Passages that concern the client: those of which a control applies to it today.

    `rows` are those of its checklist, where they are at hand.
    """
    listed_rows = checklist.rows(client) if rows is None else rows
    by_id = {row.control.id: row for row in listed_rows}
    lines = [
        Line(
            reference=passage.reference,
            rows=[by_id[one.id] for one in passage.controls if one.id in by_id],
        )
        for passage in frameworks.crosswalk(framework, editions.controls_at(client).values())
    ]
    return [line for line in lines if line.rows]
