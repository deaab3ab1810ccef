"""What an audit will do, and how long such audits took."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audits.charts.values import attack_label
from audits.engine.registry import runnable
from audits.engine.types import REFERENCE_CAP
from audits.enums import JobState, Preset, VersionKind
from audits.models import Audit, DatasetVersion, ModelVersion
from audits.queries import audit_proof

_LOOKED_AT: Final = 300
"""Past audits that are read at most; the newest say most about today's machine."""

_ALIKE: Final = 2
"""Half to twice as many records are called as many."""

_FULL_DEPTH: Final = 4


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
class Outlook:
    """`proof` is None until model and records are chosen."""

    presets: list[PresetOutlook]
    proof: audit_proof.Proof | None


def outlook(version: ModelVersion | None, data: DatasetVersion | None, preset: Preset) -> Outlook:
    """Look ahead; nothing in it is guessed: times are those of audits that ran."""
    sides = audit_proof.sides_of(version, data)
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
        proof=None if sides is None else audit_proof.proof(sides, depth[preset]),
    )


def usual_time(audit: Audit) -> str:
    """Say how long audits like this one took here, or that it is not known yet."""
    runs = _durations(audit.model_version, audit.dataset_version)
    return _took(runs.get(Preset(audit.preset), []))


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
