"""Who stands out in a result: the tenth ranked highest, groups, and single members."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audits.charts import values
from audits.engine.policy import LEAST_IN_GROUP, POWER
from audits.guidance.wording import percent

Document = Mapping[str, Any]
MOST_GROUPS: Final = 60
"""Rows of the table of groups; the JSON document holds all of them."""


@dataclass(frozen=True, kw_only=True)
class GroupRow:
    """A class or a value of a chosen column; `auc` is None where there are too few records."""

    grouping: str
    value: str
    sizes: str
    auc: Mapping[str, float] | None
    rated: bool


@dataclass(frozen=True, kw_only=True)
class ListedMember:
    """A member that stands out: its rows, as `StandingOut.where` counts them, and the p-value."""

    rows: str
    p: str


@dataclass(frozen=True, kw_only=True)
class StandingOut:
    """What is said about parts of the records, in sentences and rows of a table.

    `people` says that the figures count people, each with all their records.
    """

    attack: str
    people: bool
    decile: str
    groups: list[GroupRow]
    groups_left_out: int
    least_in_group: int
    listed: str
    where: str
    members: list[ListedMember]
    members_left_out: int


def read(document: Document) -> StandingOut | None:
    """Lay it out; None for results from before these figures were kept."""
    decile, exposed = document.get("top_decile"), document.get("exposed")
    if decile is None or exposed is None:
        return None
    groups = document.get("groups", [])
    people = document.get("records", {}).get("unit") == "person"
    return StandingOut(
        attack=values.attack_label(decile["attack"]),
        people=people,
        decile=_decile(decile, people=people),
        groups=[_group(one) for one in groups[:MOST_GROUPS]],
        groups_left_out=max(0, len(groups) - MOST_GROUPS),
        least_in_group=LEAST_IN_GROUP,
        listed=_weighed(document, _listed(exposed, people=people)),
        where=_where(document),
        members=[ListedMember(rows=_rows(one), p=f"{one['p']:.2g}") for one in exposed["members"]],
        members_left_out=exposed["count"] - len(exposed["members"]),
    )


def _rows(one: Mapping[str, Any]) -> str:
    rows = ", ".join(map(str, one["rows"]))  # to be found in a file: no thousands separators
    more = one.get("row_count", 0) - len(one["rows"])
    if more <= 0:
        return rows
    return _("%(rows)s and %(more)s more") % {"rows": rows, "more": f"{more:,}"}


def _where(document: Document) -> str:
    """Say what the row numbers count: an uploaded table may hold both sides."""
    if document["provenance"]["predictions_sha256"]:
        return _("Their records in the predictions file; 1 is the first below the column names")
    return _(
        "Their records among those used for training, in the order of the file; 1 is the first"
        " below the column names"
    )


def _decile(found: Mapping[str, Any], *, people: bool) -> str:
    flagged = f"{found['flagged']:,}"
    return _(
        "Of the tenth that is ranked highest (%(count)s), %(share)s were used for training;"
        " by chance it would be %(base)s."
    ) % {
        "count": _("%(count)s people") % {"count": flagged} if people else flagged,
        "share": percent(found["precision"]),
        "base": percent(found["base_rate"]),
    }


def grouping(one: Mapping[str, Any]) -> str:
    """By what a group was made: the label, or the column that was chosen."""
    return _("Class") if one["grouping"] == "class" else str(one["grouping"])


def is_rated(one: Mapping[str, Any]) -> bool:
    """Whether a group has the records that a figure of the verdict would need."""
    return POWER["auc"].rated(one["members"], one["nonmembers"])


def _group(one: Mapping[str, Any]) -> GroupRow:
    return GroupRow(
        grouping=grouping(one),
        value=one["value"],
        sizes=f"{one['members']:,} / {one['nonmembers']:,}",
        auc=one["auc"],
        rated=is_rated(one),
    )


def _weighed(document: Document, told: str) -> str:
    """Say with what is told that such sizes move no verdict, where they do not."""
    records = document["records"]
    if POWER["auc"].rated(records["members"], records["nonmembers"]):
        return told
    return _("Indicative, as there is too little for a verdict: %(told)s") % {"told": told}


def _listed(found: Mapping[str, Any], *, people: bool) -> str:
    if not found["count"]:
        return _nobody(people=people) % {"least": f"{found['smallest_list']:,}"}
    told = _told(found["count"], people=people) % {"count": f"{found['count']:,}"}
    rate = _(
        "On average at most %(rate)s of such a list look like any outsider; that holds for the"
        " list, not for each name."
    ) % {"rate": f"{found['false_discovery_rate']:.0%}"}
    return f"{told} {rate}"


def _nobody(*, people: bool) -> str:
    if people:
        return _(
            "No single person stands out. With these numbers of people a list would need at"
            " least %(least)s names."
        )
    return _(
        "No single member stands out. With these numbers of records a list would need at"
        " least %(least)s names."
    )


def _told(count: int, *, people: bool) -> str:
    if people:
        return ngettext(
            "%(count)s person used for training stands out.",
            "%(count)s people used for training stand out.",
            count,
        )
    return ngettext("%(count)s member stands out.", "%(count)s members stand out.", count)
