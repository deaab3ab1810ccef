"""What the records of an audit can prove, before anything is measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audits.engine.policy import FAMILIES, POWER
from audits.engine.reach import LevelReach, reach
from audits.enums import Outcome, VersionKind
from audits.models import DatasetVersion, ModelVersion

_NAMED: Final = 3
"""So many ways to prove more are named at a time."""

_OUTCOMES: Final[Mapping[str, Outcome]] = {
    "L1": Outcome.TRACE,
    "L2": Outcome.NOTICEABLE,
    "L3": Outcome.SERIOUS,
    "L4": Outcome.SEVERE,
}
# The smallest and the largest leak that can be shown, and the smallest that can be ruled out.
_SENTENCES: Final[Mapping[tuple[str, str, str], Promise]] = {
    ("", "", ""): gettext_lazy("These records are too few to show a leak or to rule one out."),
    ("L2", "L3", ""): gettext_lazy(
        "These records can show a noticeable or a serious leak, and can rule none out."
    ),
    ("L2", "L4", ""): gettext_lazy(
        "These records can show a noticeable leak or a larger one, and can rule none out."
    ),
    ("L1", "L4", ""): gettext_lazy(
        "These records can show a leak of any size, and can rule none out."
    ),
    ("L1", "L4", "L4"): gettext_lazy(
        "These records can show a leak of any size, and can rule out a severe one."
    ),
    ("L1", "L4", "L3"): gettext_lazy(
        "These records can show a leak of any size, and can rule out a serious or severe one."
    ),
    ("L1", "L4", "L2"): gettext_lazy(
        "These records can show a leak of any size, and can rule out a noticeable one or a larger."
    ),
    ("L1", "L4", "L1"): gettext_lazy(
        "These records can show a leak of any size, and can rule out every one."
    ),
}
# What more records would prove, what matters most first: a heading, and a sentence with how many.
_GOALS: Final[Mapping[str, tuple[Promise, Promise]]] = {
    "auc": (
        gettext_lazy("To show a leak at all"),
        gettext_lazy(
            "If you had %(inside)s used for training and %(outside)s held out, they could show a"
            " leak."
        ),
    ),
    "L3": (
        gettext_lazy("To rule out a serious leak"),
        gettext_lazy(
            "If you had %(inside)s used for training and %(outside)s held out, they could also"
            " rule out a serious leak."
        ),
    ),
    "L2": (
        gettext_lazy("To rule out a noticeable leak"),
        gettext_lazy(
            "If you had %(inside)s used for training and %(outside)s held out, they could also"
            " rule out a noticeable leak."
        ),
    ),
    "0.01": (
        gettext_lazy("For what is found at 1 in 100 wrongly accused to count"),
        gettext_lazy(
            "If you had %(inside)s used for training and %(outside)s held out, they could also"
            " show a severe leak."
        ),
    ),
    "0.001": (
        gettext_lazy("For what is found at 1 in 1,000 wrongly accused to count"),
        gettext_lazy(
            "If you had %(inside)s used for training and %(outside)s held out, what is found at 1"
            " in 1,000 wrongly accused would count, too."
        ),
    ),
}


@dataclass(frozen=True, kw_only=True)
class LevelOutlook:
    """Whether these records can show a leak of this size, and whether they can rule it out."""

    label: str
    shown: bool
    ruled_out: bool


@dataclass(frozen=True, kw_only=True)
class MoreRecords:
    """What could be proven with more, and how many more."""

    goal: str
    need: str


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What records can prove at most, and what to add to prove more.

    `sentence` and `nearest` (the nearest goal, where one is left) say it to be read; the rest are
    its figures. `levels` is empty where nothing can be shown or ruled out: the sentence says that.
    """

    sentence: str
    nearest: str
    sizes: str
    levels: list[LevelOutlook]
    most: str
    caution: str
    more: list[MoreRecords]


@dataclass(frozen=True, kw_only=True)
class Sides:
    """How many are compared with how many; `grouped` where persons may be fewer than records."""

    members: int
    nonmembers: int
    persons: bool = False
    grouped: bool = False


@dataclass(frozen=True, kw_only=True)
class _Goal:
    """From how many on each side something more is proven; as a heading, and as a sentence."""

    inside: int
    outside: int
    heading: Promise
    sentence: Promise


def sides_of(version: ModelVersion | None, data: DatasetVersion | None) -> Sides | None:
    """Count what the chosen pair brings; None while it is not chosen, or is none."""
    if version is None or (version.kind == VersionKind.PREDICTIONS) == (data is not None):
        return None
    if data is not None:
        persons = (data.profile.get("persons") or {}) if data.group else {}
        inside, outside = persons.get("members"), persons.get("nonmembers")
        if inside and outside:
            return Sides(members=inside, nonmembers=outside, persons=True)
        return _positive(data.members, data.nonmembers, grouped=bool(data.group))
    told = version.facts
    grouped = told.get("persons") is not None
    return _positive(told.get("members", 0), told.get("nonmembers", 0), grouped=grouped)


def _positive(members: int, nonmembers: int, *, grouped: bool) -> Sides | None:
    if min(members, nonmembers) < 1:
        return None
    return Sides(members=members, nonmembers=nonmembers, grouped=grouped)


def proof(sides: Sides, depth: int) -> Proof:
    """Say it for the sizes and the depth that the inputs unlock."""
    family = len(FAMILIES[depth])
    found = reach(sides.members, sides.nonmembers, family_size=family)
    told = {"members": f"{sides.members:,}", "nonmembers": f"{sides.nonmembers:,}"}
    # Answers alone never make a trace out of a result that is open.
    shown = [one.level for one in found.levels if one.shown and (depth > 1 or one.level != "L1")]
    ruled_out = [one.level for one in found.levels if one.ruled_out and depth > 1]
    goals = _missing(sides, found.levels, depth)
    return Proof(
        sentence=_sentence(shown, ruled_out),
        nearest=_nearest(sides, goals),
        sizes=(
            _("%(members)s people used for training, %(nonmembers)s held out") % told
            if sides.persons
            else _("%(members)s records used for training, %(nonmembers)s held out") % told
        ),
        levels=[
            LevelOutlook(
                label=str(_OUTCOMES[one.level].label),
                shown=one.level in shown,
                ruled_out=one.level in ruled_out,
            )
            for one in found.levels
            if shown or ruled_out
        ],
        most=_most(sides, found.leak_factor_ceiling),
        caution=_caution(sides, depth),
        more=_more(sides, goals),
    )


def _sentence(shown: Sequence[str], ruled_out: Sequence[str]) -> str:
    ends = (shown[0], shown[-1]) if shown else ("", "")
    return str(_SENTENCES[(*ends, ruled_out[0] if ruled_out else "")])


def _most(sides: Sides, ceiling: float) -> str:
    if not POWER["epsilon"].reportable(sides.members, sides.nonmembers):
        return ""
    return _("The largest leak factor that they could prove is %(most)s times.") % {
        "most": f"{ceiling:,.0f}"
    }


def _caution(sides: Sides, depth: int) -> str:
    if depth == 1:
        return _(
            "Answers alone can show a leak and never rule one out: with the records beside them,"
            " or with the model file, an audit can do both."
        )
    if sides.grouped:
        return _("Where a person has several records, people are counted: then it may be less.")
    return ""


def _missing(sides: Sides, levels: Sequence[LevelReach], depth: int) -> list[_Goal]:
    """What these sizes do not prove yet: what matters most first."""
    needed = {key: (one.rated_members, one.rated_nonmembers) for key, one in POWER.items()}
    for one in levels:
        if depth > 1 and one.records_needed is not None:
            needed[one.level] = one.records_needed, one.records_needed
    goals = [
        _Goal(inside=needed[key][0], outside=needed[key][1], heading=heading, sentence=sentence)
        for key, (heading, sentence) in _GOALS.items()
        if key in needed
    ]
    return [one for one in goals if sides.members < one.inside or sides.nonmembers < one.outside]


def _nearest(sides: Sides, goals: Sequence[_Goal]) -> str:
    """Say how many there have to be for what matters most of what is missing."""
    if not goals:
        return ""
    first = goals[0]
    return str(first.sentence) % {
        "inside": f"{max(sides.members, first.inside):,}",
        "outside": f"{max(sides.nonmembers, first.outside):,}",
    }


def _more(sides: Sides, goals: Sequence[_Goal]) -> list[MoreRecords]:
    """Say what to add, for the nearest goals first."""
    return [
        MoreRecords(
            goal=str(one.heading),
            need=_add(max(0, one.inside - sides.members), max(0, one.outside - sides.nonmembers)),
        )
        for one in sorted(goals, key=lambda goal: goal.inside + goal.outside)[:_NAMED]
    ]


def _add(inside: int, outside: int) -> str:
    told = {"inside": f"{inside:,}", "outside": f"{outside:,}"}
    if not outside:
        return _("%(inside)s more used for training") % told
    if not inside:
        return _("%(outside)s more held out") % told
    return _("%(inside)s more used for training and %(outside)s more held out") % told
