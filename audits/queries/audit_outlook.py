"""What an audit will do, how long such audits took, and what its records can prove."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audits.charts.values import attack_label
from audits.engine.policy import FAMILIES, POWER
from audits.engine.reach import LevelReach, reach
from audits.engine.registry import runnable
from audits.engine.types import REFERENCE_CAP
from audits.enums import JobState, Outcome, Preset, VersionKind
from audits.models import Audit, DatasetVersion, ModelVersion

_LOOKED_AT: Final = 300
"""Past audits that are read at most; the newest say most about today's machine."""

_ALIKE: Final = 2
"""Half to twice as many records are called as many."""

_GOALS: Final = 3
"""So many ways to prove more are named at a time."""

_FULL_DEPTH: Final = 4
_OUTCOMES: Final[Mapping[str, Outcome]] = {
    "L1": Outcome.TRACE,
    "L2": Outcome.NOTICEABLE,
    "L3": Outcome.SERIOUS,
    "L4": Outcome.SEVERE,
}


@dataclass(frozen=True, kw_only=True)
class PresetOutlook:
    """One depth: what it does and how long audits like this one took with it."""

    preset: Preset
    label: str
    what: str
    attacks: str
    took: str
    is_chosen: bool


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
    """What the records of the chosen version can prove, and what to add to prove more."""

    sizes: str
    levels: list[LevelOutlook]
    most: str
    caution: str
    more: list[MoreRecords]


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """`proof` is None until model and records are chosen."""

    presets: list[PresetOutlook]
    proof: Proof | None


@dataclass(frozen=True, kw_only=True)
class _Sides:
    """How many are compared with how many; `grouped` where persons may be fewer than records."""

    members: int
    nonmembers: int
    persons: bool = False
    grouped: bool = False

    @property
    def total(self) -> int:
        return self.members + self.nonmembers


def outlook(version: ModelVersion | None, data: DatasetVersion | None, preset: Preset) -> Outlook:
    """Look ahead; nothing in it is guessed: times are those of audits that ran."""
    sides = _sides(version, data)
    took = _durations(version, data)
    depth = {one: _depth(version, one) for one in Preset}
    return Outlook(
        presets=[
            PresetOutlook(
                preset=one,
                label=str(one.label),
                what=_what(version, one),
                attacks=_attacks(version, data, one),
                took=_took(took.get(one, [])) if sides is not None else "",
                is_chosen=one == preset,
            )
            for one in Preset
        ],
        proof=None if sides is None else _proof(sides, depth[preset]),
    )


def usual_time(audit: Audit) -> str:
    """Say how long audits like this one took here, or that it is not known yet."""
    runs = _durations(audit.model_version, audit.dataset_version)
    return _took(runs.get(Preset(audit.preset), []))


def _sides(version: ModelVersion | None, data: DatasetVersion | None) -> _Sides | None:
    """Count what the chosen pair brings; None while it is not chosen, or is none."""
    if version is None or (version.kind == VersionKind.PREDICTIONS) == (data is not None):
        return None
    if data is not None:
        persons = (data.profile.get("persons") or {}) if data.group else {}
        inside, outside = persons.get("members"), persons.get("nonmembers")
        if inside and outside:
            return _Sides(members=inside, nonmembers=outside, persons=True)
        return _positive(data.members, data.nonmembers, grouped=bool(data.group))
    told = version.facts
    grouped = told.get("persons") is not None
    return _positive(told.get("members", 0), told.get("nonmembers", 0), grouped=grouped)


def _positive(members: int, nonmembers: int, *, grouped: bool) -> _Sides | None:
    if min(members, nonmembers) < 1:
        return None
    return _Sides(members=members, nonmembers=nonmembers, grouped=grouped)


def _depth(version: ModelVersion | None, preset: Preset) -> int:
    """What the inputs unlock, as the engine counts: answers, records, a model, its training."""
    if version is not None and version.kind == VersionKind.PREDICTIONS:
        return 2 if version.facts.get("features") else 1
    return _FULL_DEPTH if REFERENCE_CAP[preset] else _FULL_DEPTH - 1


def _what(version: ModelVersion | None, preset: Preset) -> str:
    most = REFERENCE_CAP[preset]
    if version is not None and version.kind == VersionKind.PREDICTIONS and most:
        return _(
            "The same as Quick: a predictions file holds no model that could be trained again."
        )
    if not most:
        return _("Weighs the model's answers alone and trains no reference models.")
    if preset == Preset.STANDARD:
        return _(
            "Also trains up to %(most)s reference models on halves of the records and compares."
        ) % {"most": most}
    return _(
        "Trains up to %(most)s reference models, doubling their number until the scores settle."
        " For the systems that matter most."
    ) % {"most": most}


def _attacks(version: ModelVersion | None, data: DatasetVersion | None, preset: Preset) -> str:
    """Name the attacks that can run; fewer do where a kind of model does not lend itself."""
    if version is None:
        return ""
    brought = version.facts.get("population") if data is None else data.population_file_id
    keys = runnable(
        depth=_depth(version, preset),
        references=bool(REFERENCE_CAP[preset]) and version.kind != VersionKind.PREDICTIONS,
        population=bool(brought),
        classes=version.facts.get("class_count") != 0,
    )
    names = ", ".join(attack_label(key) for key in keys)
    return ngettext(
        "%(count)s attack: %(names)s", "Up to %(count)s attacks: %(names)s", len(keys)
    ) % {"count": len(keys), "names": names}


def _durations(
    version: ModelVersion | None, data: DatasetVersion | None
) -> dict[Preset, list[timedelta]]:
    """How long audits took here that were like this one: kind and family of model, records."""
    if version is None:
        return {}
    size = (
        data.members + data.nonmembers
        if data is not None
        else version.facts.get("members", 0) + version.facts.get("nonmembers", 0)
    )
    rows = (
        Audit.objects.filter(
            job__state=JobState.SUCCEEDED,
            job__started_at__isnull=False,
            job__finished_at__isnull=False,
            completed_at__isnull=False,
            model_version__kind=version.kind,
            model_version__family=version.family,
            dataset_version__isnull=data is None,
        )
        .order_by("-pk")
        .values_list(
            "preset",
            "job__started_at",
            "job__finished_at",
            "dataset_version__members",
            "dataset_version__nonmembers",
            "model_version__facts__members",
            "model_version__facts__nonmembers",
        )
    )
    found: dict[Preset, list[timedelta]] = {}
    for preset, started, finished, *sizes in rows[:_LOOKED_AT]:
        if started is None or finished is None:
            continue
        # Of the records, or of the predictions file where there are none beside it.
        if size <= _ALIKE * sum(one or 0 for one in sizes) <= size * _ALIKE**2:
            found.setdefault(Preset(preset), []).append(finished - started)
    return found


def _took(runs: Sequence[timedelta]) -> str:
    """Say what such audits took; the one that ran, or the middle one and the two ends."""
    seconds = sorted(run.total_seconds() for run in runs)
    if not seconds:
        return _("Not known yet: no audit like this one has ended here.")
    if len(seconds) == 1:
        return _("The one like this that ended here took %(time)s.") % {
            "time": duration(seconds[0])
        }
    return _("About %(middle)s: %(count)s like this took %(least)s to %(most)s here.") % {
        "middle": duration(statistics.median(seconds)),
        "count": len(seconds),
        "least": duration(seconds[0]),
        "most": duration(seconds[-1]),
    }


def duration(seconds: float) -> str:
    """Write a time as somebody would say it: 40 s, 3 min, 2 h 10 min."""
    whole = max(1, round(seconds))
    if whole < 90:  # noqa: PLR2004 - above, minutes say enough
        return _("%(n)s s") % {"n": whole}
    minutes = round(whole / 60)
    if minutes < 60:  # noqa: PLR2004 - an hour
        return _("%(n)s min") % {"n": minutes}
    return _("%(h)s h %(m)s min") % {"h": minutes // 60, "m": minutes % 60}


def _proof(sides: _Sides, depth: int) -> Proof:
    family = len(FAMILIES[depth])
    found = reach(sides.members, sides.nonmembers, family_size=family)
    told = {"members": f"{sides.members:,}", "nonmembers": f"{sides.nonmembers:,}"}
    return Proof(
        sizes=(
            _("%(members)s people used for training, %(nonmembers)s held out") % told
            if sides.persons
            else _("%(members)s records used for training, %(nonmembers)s held out") % told
        ),
        levels=[
            LevelOutlook(
                label=str(_OUTCOMES[one.level].label),
                # Answers alone never make a trace out of a result that is open.
                shown=one.shown and (depth > 1 or one.level != "L1"),
                ruled_out=one.ruled_out and depth > 1,
            )
            for one in found.levels
        ],
        most=_most(sides, found.leak_factor_ceiling),
        caution=_caution(sides, depth),
        more=_more(sides, found.levels, depth),
    )


def _most(sides: _Sides, ceiling: float) -> str:
    if not POWER["epsilon"].reportable(sides.members, sides.nonmembers):
        return ""
    return _("The largest leak factor that they could prove is %(most)s times.") % {
        "most": f"{ceiling:,.0f}"
    }


def _caution(sides: _Sides, depth: int) -> str:
    if depth == 1:
        return _(
            "Answers alone can show a leak and never rule one out: with the records beside them,"
            " or with the model file, an audit can do both."
        )
    if sides.grouped:
        return _("Where a person has several records, people are counted: then it may be less.")
    return ""


def _more(sides: _Sides, levels: Sequence[LevelReach], depth: int) -> list[MoreRecords]:
    """Say what to add, for the nearest goals first."""
    goals = [
        (POWER[key].rated_members, POWER[key].rated_nonmembers, text)
        for key, text in (
            ("auc", _("To show a leak at all")),
            ("0.01", _("For what is found at 1 in 100 wrongly accused to count")),
            ("0.001", _("For what is found at 1 in 1,000 wrongly accused to count")),
        )
    ]
    needed: dict[str, int | None] = {one.level: one.records_needed for one in levels if depth > 1}
    for level, text in (
        ("L3", _("To rule out a serious leak")),
        ("L2", _("To rule out a noticeable leak")),
    ):
        if (each := needed.get(level)) is not None:
            goals.append((each, each, text))
    missing = [
        (max(0, inside - sides.members), max(0, outside - sides.nonmembers), text)
        for inside, outside, text in sorted(goals, key=lambda goal: sum(goal[:2]))
    ]
    found = [MoreRecords(goal=text, need=_add(*more)) for *more, text in missing if any(more)]
    return found[:_GOALS]


def _add(inside: int, outside: int) -> str:
    told = {"inside": f"{inside:,}", "outside": f"{outside:,}"}
    if not outside:
        return _("%(inside)s more used for training") % told
    if not inside:
        return _("%(outside)s more held out") % told
    return _("%(inside)s more used for training and %(outside)s more held out") % told
