"""Tables to take away: for each list of the portal its columns, once, as CSV and as JSON.

A column that only the provider's own people may read says so here; nobody else's file has it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Generic, TypeVar

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from audits.enums import MODEL_FILES, VersionKind
from audits.models import Audit, Dataset, DatasetVersion, Membership
from audits.queries import vendor
from audits.queries.checklist import ChecklistRow
from audits.queries.dataset_intake import ColumnRow
from audits.queries.file_reading import readings
from audits.queries.risk_order import Placed
from audits.queries.tool import ToolRow, data_words
from audits.queries.vendor import SheetRow
from audits.reports import exports
from audits.reports.exports import Cell

Row = TypeVar("Row")


def _word(cell: Cell | date) -> str:
    """A value as it is read on paper."""
    if isinstance(cell, date):
        return date_format(cell, "j M Y")
    return "" if cell is None else str(cell)


def _plain(cell: Cell | date) -> Cell:
    """A value as a program reads it."""
    return cell.isoformat() if isinstance(cell, date) else cell


@dataclass(frozen=True)
class Column(Generic[Row]):
    """A heading with what stands under it; `staff` keeps it for the provider's people.

    `unsaid` stands on paper where there is nothing: a file leaves its cell empty.
    """

    name: str
    value: Callable[[Row], Cell | date]
    staff: bool = False
    unsaid: Promise | str = ""


@dataclass(frozen=True)
class Listing(Generic[Row]):
    """A list that can be taken away, in the order of its columns.

    Its rows are `called` otherwise in JSON where they have had a name there for longer.
    """

    name: str
    columns: tuple[Column[Row], ...]
    called: str = ""

    def as_csv(self, rows: Iterable[Row], *, for_staff: bool) -> bytes:
        """One line for each row; nothing in it runs as a formula."""
        columns = self._of(for_staff=for_staff)
        cells = ([_plain(column.value(row)) for column in columns] for row in rows)
        return exports.csv_table([column.name for column in columns], cells)

    def as_json(self, rows: Iterable[Row], *, for_staff: bool) -> bytes:
        """The same by name."""
        columns = self._of(for_staff=for_staff)
        listed = [{column.name: _plain(column.value(row)) for column in columns} for row in rows]
        return exports.result_json({self.called or self.name: listed})

    def as_words(self, rows: Iterable[Row], names: Iterable[str]) -> list[tuple[str, ...]]:
        """Each row as words under some of the columns that everybody may read."""
        columns = {column.name: column for column in self._of(for_staff=False)}
        picked = [columns[name] for name in names]
        return [
            tuple(_word(column.value(row)) or str(column.unsaid) for column in picked)
            for row in rows
        ]

    def _of(self, *, for_staff: bool) -> list[Column[Row]]:
        return [column for column in self.columns if for_staff or not column.staff]


def as_day(moment: datetime | date | None) -> date | None:
    """The day on which something was, where its readers are."""
    return timezone.localdate(moment) if isinstance(moment, datetime) else moment


def _yes_no(flag: object) -> str:
    return "yes" if flag else "no"


def _newest(dataset: Dataset) -> DatasetVersion | None:
    return next(iter(dataset.versions.all()), None)


def _of_newest(name: str) -> Callable[[Dataset], Any]:
    return lambda dataset: getattr(_newest(dataset), name, None)


MODELS: Final = Listing[Placed](
    "models",
    (
        Column("model", lambda row: row.model.name),
        Column("purpose", lambda row: row.model.purpose),
        Column("people_in_the_data", lambda row: row.model.people),
        Column("owner", lambda row: row.model.owner_name),
        Column("origin", lambda row: str(row.model.get_origin_display())),
        Column("where_it_runs", lambda row: str(row.model.get_hosting_display())),
        Column("hosted_by", lambda row: row.model.hosted_by),
        Column("version", lambda row: row.version.number if row.version else None),
        Column("kind", lambda row: row.version.family if row.version else None, staff=True),
        Column("rating", lambda row: str(row.badge.label)),
        Column("act_until", lambda row: as_day(row.deadline.at) if row.deadline else None),
        Column("status", lambda row: str(row.model.get_lifecycle_display())),
        Column("reachable_by", lambda row: str(row.model.get_exposure_display())),
        Column("sensitivity", lambda row: str(row.model.get_impact_display())),
        Column("last_audit", lambda row: as_day(row.audit.completed_at) if row.audit else None),
        Column("next_review", lambda row: as_day(row.model.next_review)),
    ),
)

DATASETS: Final = Listing[Dataset](
    "datasets",
    (
        Column("dataset", lambda row: row.name),
        Column("description", lambda row: row.description),
        Column("owner", lambda row: row.owner_name),
        Column("kind_of_data", lambda row: str(row.get_data_class_display())),
        Column("sensitivity", lambda row: str(row.get_impact_display())),
        Column("version", _of_newest("number")),
        Column("used_for_training", _of_newest("members")),
        Column("held_out", _of_newest("nonmembers")),
        Column("uploaded", lambda row: as_day(_of_newest("created_at")(row))),
        Column("kept_until", lambda row: as_day(row.retain_until)),
        Column("records_deleted", lambda row: as_day(row.records_deleted_at)),
    ),
)


def _chosen(version: DatasetVersion) -> str:
    return _("Split here by chance") if version.drawing else str(version.get_split_display())


def _people_on(side: str) -> Callable[[DatasetVersion], Cell]:
    return lambda row: row.profile.get("persons", {}).get(side) if row.group else None


DATASET_VERSIONS: Final = Listing[DatasetVersion](
    "dataset-versions",
    (
        Column("version", lambda row: row.number),
        Column("used_for_training", lambda row: row.members),
        Column("held_out", lambda row: row.nonmembers),
        Column("label_column", lambda row: row.target),
        Column("how_held_out_were_chosen", _chosen),
        Column("columns_left_out", lambda row: ", ".join(row.drop)),
        Column("person_column", lambda row: row.group),
        Column("people_used_for_training", _people_on("members")),
        Column("people_held_out", _people_on("nonmembers")),
        Column("groups_to_look_at", lambda row: ", ".join(row.subgroups)),
        Column("weight_column", lambda row: row.weight),
        Column("with_further_records", lambda row: _yes_no(row.population_file)),
        Column("read_as", lambda row: "; ".join(readings(row.profile))),
        Column("sha256_used_for_training", lambda row: row.members_file.sha256),
        Column("sha256_held_out", lambda row: row.nonmembers_file.sha256),
        Column("uploaded", lambda row: as_day(row.created_at)),
        Column("uploaded_by", lambda row: str(row.created_by or "") or None),
    ),
)

# Counts, rounded ranges and what a person said, as the page has them: no value of any record.
DATASET_COLUMNS: Final = Listing[ColumnRow](
    "dataset-columns",
    (
        Column("column", lambda row: row.name),
        Column("role", lambda row: row.role),
        Column("nearly_every_value_is_another", lambda row: _yes_no(row.own_values)),
        Column("holds", lambda row: row.confirmed_label or row.proposed_label),
        Column("confirmed", lambda row: _yes_no(row.confirmed)),
        Column("proposed_because", lambda row: None if row.confirmed else row.reason or None),
        Column("kind", lambda row: row.type),
        Column("missing", lambda row: row.missing),
        Column("different", lambda row: row.distinct),
        Column("range_rounded", lambda row: row.range or None),
    ),
)

TOOLS: Final = Listing[ToolRow](
    "tools",
    (
        Column("tool", lambda row: row.tool.name),
        Column("vendor", lambda row: row.tool.vendor),
        Column("category", lambda row: str(row.tool.get_category_display())),
        Column("data_that_goes_in", lambda row: str(row.tool.get_data_class_display())),
        Column("vendor_trains_on_it", lambda row: str(row.tool.get_trains_on_data_display())),
        Column("users", lambda row: row.tool.people),
        Column("state", lambda row: str(row.state.label)),
        Column("decision", lambda row: str(row.tool.get_decision_display())),
        Column("data_allowed", lambda row: ", ".join(row.allowed_data)),
        Column("conditions", lambda row: row.tool.conditions),
        Column("next_review", lambda row: as_day(row.review_on)),
        Column(
            "review_of_vendor",
            lambda row: str(row.sheet.state.label) if row.sheet else None,
            staff=True,
        ),
    ),
)


def _records(audit: Audit) -> str | None:
    version = audit.dataset_version
    if version is not None:
        return f"{version.dataset.name} v{version.number}"
    brings_own = VersionKind(audit.model_version.kind) not in MODEL_FILES
    return "in the predictions file" if brings_own else None


AUDITS: Final = Listing[Audit](
    "audits",
    (
        Column("audit", lambda row: row.pk),
        Column("model", lambda row: row.model_version.model.name),
        Column("version", lambda row: row.model_version.number),
        Column("records", _records),
        Column("depth", lambda row: str(row.get_preset_display())),
        Column("state", lambda row: str(row.job.get_state_display()) if row.job else None),
        Column("result", lambda row: str(row.get_outcome_display()) or None),
        Column("rating_then", lambda row: str(row.get_badge_display()) or None),
        Column("level_shown", lambda row: row.reached or None, staff=True),
        Column("level_not_ruled_out", lambda row: row.ceiling or None, staff=True),
        Column("evidence_grade", lambda row: row.grade or None, staff=True),
        Column("asked_for", lambda row: as_day(row.created_at)),
        Column("asked_for_by", lambda row: str(row.requested_by or "") or None),
        Column("finished", lambda row: as_day(row.completed_at)),
    ),
)


def checklist(*, plain: bool) -> Listing[ChecklistRow]:
    """The checklist in the words of its reader: an owner's are plain."""

    def said(name: str) -> Callable[[ChecklistRow], Cell]:
        return lambda row: str(getattr(row.control.words(plain=plain), name))

    return Listing[ChecklistRow](
        "checklist",
        (
            Column("control", lambda row: row.control.id),
            Column("section", lambda row: str(row.section.label)),
            Column("question", said("asked")),
            Column("asked_for_because", lambda row: row.reason(plain=plain) or None),
            Column("answer", lambda row: str(row.item.get_answer_display())),
            Column("waits_for_second_person", lambda row: _yes_no(row.is_waiting)),
            Column("reason", lambda row: row.item.reason or None),
            Column("status", lambda row: str(row.item.get_status_display())),
            Column("owner", lambda row: row.owner or None),
            Column("due", lambda row: as_day(row.item.due)),
            Column("overdue", lambda row: _yes_no(row.overdue)),
            Column("evidence", lambda row: row.evidence),
            Column("newest_evidence", lambda row: as_day(row.newest_evidence)),
            Column("answered_by", lambda row: str(row.item.answered_by or "") or None),
            Column("answered", lambda row: as_day(row.item.answered_at)),
            Column("no_longer_asked", lambda row: _yes_no(row.is_retired)),
        ),
    )


PEOPLE: Final = Listing[Membership](
    "people",
    (
        Column("name", lambda row: row.user.name or None),
        Column("email", lambda row: row.user.email),
        Column("role", lambda row: str(row.get_role_display())),
        Column("last_seen", lambda row: as_day(row.seen_at)),
    ),
)


def _risk(row: SheetRow) -> int | None:
    found = vendor.reviewed(row)
    return None if found is None else found.risk


VENDORS: Final = Listing[SheetRow](
    "vendors",
    (
        Column("vendor", lambda row: row.sheet.vendor),
        Column("product", lambda row: row.sheet.product),
        Column("plan", lambda row: row.sheet.tier or None),
        Column("category", lambda row: str(row.sheet.get_category_display())),
        Column("review", lambda row: str(row.state.label)),
        Column("risk", _risk),
        Column("trains_on_data", lambda row: str(row.trains.label)),
        Column("clients", lambda row: row.use.clients),
        Column("users", lambda row: row.use.people),
        Column("decisions_waiting", lambda row: row.use.waiting),
        Column(
            "most_sensitive_data",
            lambda row: str(row.use.most_sensitive.label) if row.use.most_sensitive else None,
        ),
        Column("usual_data", lambda row: ", ".join(data_words(row.sheet.default_data))),
        Column("next_review", lambda row: as_day(row.next_review)),
    ),
)
FILES: Final[Mapping[str, str]] = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}
