"""What a dataset's pages show: its profile in words, its columns, and what is still to be said."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audits.enums import Impact, Reveals
from audits.guidance import columns, sensitivity
from audits.guidance.sensitivity import NOTHING, Proposal
from audits.guidance.wording import WordingError, say
from audits.models import DataPermission, Dataset, DatasetVersion
from audits.queries import rating_policy, retention
from audits.queries.retention import Ending

NOTHING_LABEL = gettext_lazy("Nothing about people")
_PER_CENT = 100
_MANY = 0.01  # of the records, repeated
_TYPES = {
    "whole": gettext_lazy("whole numbers"),
    "number": gettext_lazy("numbers"),
    "text": gettext_lazy("text"),
    "yes_no": gettext_lazy("yes or no"),
    "date": gettext_lazy("dates"),
    "empty": gettext_lazy("nothing"),
}
_ROLES = {
    "label": gettext_lazy("label"),
    "person": gettext_lazy("person"),
    "weight": gettext_lazy("weight"),
    "left_out": gettext_lazy("left out"),
}


@dataclass(frozen=True, kw_only=True)
class ColumnRow:
    """One column as a page shows it: counts, a rounded range, what it seems to hold and why."""

    name: str
    role: str
    type: str
    missing: str
    distinct: int
    range: str
    own_values: bool
    proposed: str
    proposed_label: str
    reason: str
    confirmed: str
    confirmed_label: str

    @property
    def is_about_people(self) -> bool:
        return self.proposed != NOTHING or self.confirmed not in ("", NOTHING)


@dataclass(frozen=True, kw_only=True)
class ClassRow:
    """One class of the label and its share of all records."""

    value: str
    count: int
    percent: int


@dataclass(frozen=True, kw_only=True)
class Profile:
    """What an uploaded table holds, as a page shows it."""

    rows: int
    looked_at: int
    columns: list[ColumnRow]
    columns_left_out: int
    classes: list[ClassRow]
    classes_left_out: int
    missing: str
    remarks: list[str]

    @property
    def about_people(self) -> list[ColumnRow]:
        return [row for row in self.columns if row.is_about_people]

    @property
    def others(self) -> list[ColumnRow]:
        return [row for row in self.columns if not row.is_about_people]


def profile_of(version: DatasetVersion) -> Profile | None:
    """Lay a version's profile out; None for one that was uploaded before there were profiles."""
    told = version.profile
    if "looked_at" not in told:
        return None
    rows = [_column(column, version, told["looked_at"]) for column in told["columns"]]
    cells = told["looked_at"] * max(1, len(told["columns"]))
    missing = sum(column["missing"] for column in told["columns"])
    return Profile(
        rows=told["rows"],
        looked_at=told["looked_at"],
        columns=rows,
        columns_left_out=told["column_count"] - len(rows),
        classes=_classes(told["classes"]),
        classes_left_out=told["class_count"] - len(told["classes"]),
        missing=_share(missing, cells),
        remarks=_remarks(told),
    )


def _column(column: Mapping[str, Any], version: DatasetVersion, rows: int) -> ColumnRow:
    about = column["about"]
    confirmed = version.column_kinds.get(column["name"], "")
    return ColumnRow(
        name=column["name"],
        role=str(_ROLES.get(column["role"], "")),
        type=str(_TYPES.get(column["type"], column["type"])),
        missing=_share(column["missing"], rows),
        distinct=column["distinct"],
        range=_range(column["low"], column["high"]),
        own_values=column["own_values"],
        proposed=about["kind"] if about else NOTHING,
        proposed_label=label_of(about["kind"] if about else NOTHING),
        reason=_reason(about),
        confirmed=confirmed,
        confirmed_label=label_of(confirmed) if confirmed else "",
    )


def label_of(key: str) -> str:
    """A kind of column in words."""
    labels = {kind.key: kind.label for kind in columns.kinds()}
    return labels.get(key, str(NOTHING_LABEL))


def _reason(about: Mapping[str, Any] | None) -> str:
    if about is None:
        return ""
    try:
        return say(f"column.{about['reason']}", about["params"])
    except WordingError:  # a reason that a later release no longer gives
        return ""


def _range(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return ""
    plain = all(abs(end) < 10_000 and float(end).is_integer() for end in (low, high))  # noqa: PLR2004 - years and ages without separators
    written = [f"{end:.0f}" if plain else f"{end:,.10g}" for end in (low, high)]
    return f"{written[0]} to {written[1]}"


def _share(part: int, whole: int) -> str:
    if not part or not whole:
        return "0%"
    percent = _PER_CENT * part / whole
    return f"{percent:.0f}%" if percent >= 1 else "< 1%"


def _classes(told: Sequence[Mapping[str, Any]]) -> list[ClassRow]:
    counts = [(one["value"], one["members"] + one["nonmembers"]) for one in told]
    total = sum(count for _value, count in counts) or 1
    return [
        ClassRow(value=value, count=count, percent=round(_PER_CENT * count / total))
        for value, count in sorted(counts, key=lambda pair: -pair[1])
    ]


def _remarks(told: Mapping[str, Any]) -> list[str]:
    """What somebody should look at before the records are used."""
    repeated, both = told["duplicates"]["repeated"], told["duplicates"]["on_both_sides"]
    found = []
    if repeated:
        found.append(
            _("%(count)s records repeat another one exactly (%(share)s).")
            % {"count": f"{repeated:,}", "share": _share(repeated, told["looked_at"])}
        )
    if both > _MANY * told["nonmembers"]:
        found.append(
            _(
                "%(count)s held-out records are equal to one used for training; an audit leaves"
                " them out."
            )
            % {"count": f"{both:,}"}
        )
    alike = told["alike"]
    if alike is not None:
        found.append(
            _(
                "%(alone)s records (%(alone_share)s) are one of a kind in what the columns"
                " about people say, and %(few)s (%(few_share)s) are in groups of fewer than five."
            )
            % {
                "alone": f"{alike['alone']:,}",
                "alone_share": _share(alike["alone"], told["looked_at"]),
                "few": f"{alike['few']:,}",
                "few_share": _share(alike["few"], told["looked_at"]),
            }
        )
    if told["looked_at"] < told["rows"]:
        found.append(
            _("Only the first %(count)s records were counted: the table is very wide.")
            % {"count": f"{told['looked_at']:,}"}
        )
    return found


def choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Every kind that a column can be said to hold, by how sensitive it is."""
    groups: dict[int, list[tuple[str, str]]] = {}
    for kind in columns.kinds():
        groups.setdefault(kind.impact, []).append((kind.key, kind.label))
    listed = [(str(Impact(impact).label), groups[impact]) for impact in sorted(groups)]
    return [(str(_("No personal data")), [(NOTHING, str(NOTHING_LABEL))]), *listed]


def earlier_kinds(version: DatasetVersion) -> dict[str, str]:
    """What somebody said about columns of these names in an earlier version of the dataset."""
    rows = DatasetVersion.objects.filter(
        dataset_id=version.dataset_id, columns_confirmed_at__isnull=False
    )
    before = rows.exclude(pk=version.pk).order_by("-number").first()
    return dict(before.column_kinds) if before is not None else {}


def proposal_of(version: DatasetVersion | None) -> Proposal:
    """How sensitive the confirmed columns make a dataset; nothing before they are confirmed."""
    if version is None or version.columns_confirmed_at is None:
        return sensitivity.propose(None)
    return sensitivity.propose(version.column_kinds)


@dataclass(frozen=True, kw_only=True)
class Sensitivity:
    """What is proposed, what was decided, and the rules that lead from one to the other."""

    proposal: Proposal
    is_decided: bool
    impact: Impact
    effective: Impact
    trace: list[str]
    reasons: list[str]

    @property
    def differs(self) -> bool:
        """Whether what was decided is less than the columns give."""
        proposed = self.proposal.impact
        return self.is_decided and proposed is not None and self.impact < proposed


def sensitivity_of(dataset: Dataset, version: DatasetVersion | None) -> Sensitivity:
    """Lay out how sensitive a dataset is and why, by the policy that holds for its client."""
    proposal = proposal_of(version)
    policy = rating_policy.of_client(dataset.client)
    effective, steps = sensitivity.trace(dataset.impact, Reveals(dataset.reveals).value, policy)
    return Sensitivity(
        proposal=proposal,
        is_decided=dataset.impact_decided_at is not None,
        impact=Impact(dataset.impact),
        effective=Impact(effective),
        trace=[say(step.key, dict(step.params)) for step in steps],
        reasons=[say(step.key, dict(step.params)) for step in proposal.steps],
    )


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing that belongs to a whole entry: its name, whether it is done, and what was said."""

    key: str
    icon: str
    title: str
    said: str
    is_done: bool


@dataclass(frozen=True, kw_only=True)
class Intake:
    """A dataset's page: what is known, and what is still to be said."""

    newest: DatasetVersion | None
    profile: Profile | None
    sensitivity: Sensitivity
    ending: Ending | None
    permissions: list[DataPermission]
    steps: list[Step]

    @property
    def open_steps(self) -> int:
        return sum(not step.is_done for step in self.steps)


def intake_of(
    dataset: Dataset, versions: Sequence[DatasetVersion], permissions: list[DataPermission]
) -> Intake:
    """Gather the page of a dataset from its versions, newest first, and its permissions."""
    newest = versions[0] if versions else None
    found = sensitivity_of(dataset, newest)
    ending = retention.ending_of(dataset)
    return Intake(
        newest=newest,
        profile=profile_of(newest) if newest is not None else None,
        sensitivity=found,
        ending=ending,
        permissions=permissions,
        steps=list(_steps(dataset, newest, found, ending, permissions)),
    )


def _columns_said(newest: DatasetVersion | None) -> str:
    if newest is None:
        return _("Once there are records, it is proposed here.")
    if newest.columns_confirmed_at is None:
        return _("Proposals wait for a person to confirm them.")
    return _("Confirmed by %(who)s.") % {"who": newest.columns_confirmed_by or "–"}


def _steps(
    dataset: Dataset,
    newest: DatasetVersion | None,
    found: Sensitivity,
    ending: Ending | None,
    permissions: Sequence[DataPermission],
) -> Iterable[Step]:
    confirmed = newest is not None and newest.columns_confirmed_at is not None
    yield Step(
        key="records",
        icon="table-cells",
        title=_("Records"),
        said=_("The newest version is %(n)s.") % {"n": newest.number}
        if newest is not None
        else _("None are stored."),
        is_done=newest is not None,
    )
    yield Step(
        key="columns",
        icon="view-columns",
        title=_("What the columns hold"),
        said=_columns_said(newest),
        is_done=confirmed,
    )
    yield Step(
        key="sensitivity",
        icon="scale",
        title=_("How sensitive it is"),
        said=str(found.impact.label)
        if dataset.impact_decided_at
        else _("%(impact)s, as a first guess.") % {"impact": found.impact.label},
        is_done=dataset.impact_decided_at is not None,
    )
    yield Step(
        key="permission",
        icon="document-check",
        title=_("Legal basis and permission"),
        said=f"{permissions[0]}, {permissions[0].given_by}"
        if permissions
        else _("Nothing is on record."),
        is_done=bool(permissions),
    )
    yield Step(
        key="retention",
        icon="calendar-days",
        title=_("Last day"),
        said=_("Kept until %(day)s, then deleted.") % {"day": date_format(ending.until, "j M Y")}
        if ending is not None
        else _("No day is set: nothing is deleted by itself."),
        is_done=ending is not None,
    )
