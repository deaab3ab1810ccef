"""The crosswalk of a client: passages of a framework, its controls, and what was answered."""

from dataclasses import dataclass

from audits.guidance import catalogue, frameworks
from audits.guidance.catalogue import Control, Mapped
from audits.guidance.frameworks import Framework
from audits.models import Client
from audits.queries import checklist
from audits.queries.checklist import ChecklistRow


@dataclass(frozen=True, kw_only=True)
class Line:
    """One passage with the client's own rows for the controls that support it."""

    reference: str
    rows: list[ChecklistRow]


def listed() -> tuple[Framework, ...]:
    """Frameworks with at least one passage, in the order of the file."""
    return frameworks.listed(catalogue.load())


def by_key(key: str) -> Framework | None:
    return next((one for one in listed() if one.key == key), None)


def passages(control: Control) -> tuple[Mapped, ...]:
    """What a control supports, as far as it was read."""
    return frameworks.shown(control)


def crosswalk(client: Client, framework: Framework) -> list[Line]:
    """Passages that concern the client: those of which a control applies to it today."""
    rows = {row.control.id: row for row in checklist.rows(client)}
    lines = [
        Line(
            reference=passage.reference,
            rows=[rows[one.id] for one in passage.controls if one.id in rows],
        )
        for passage in frameworks.crosswalk(framework, catalogue.load())
    ]
    return [line for line in lines if line.rows]
