"""Of the technical appendix: the figures of an audit beside those of the model's audit before."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from audits.charts import values
from audits.enums import Outcome, ReportSection
from audits.guidance import growth
from audits.models import Audit
from audits.queries import level_words
from audits.queries.report_frame import Frame, titled
from audits.reports.document import Section, Table

Stored = Mapping[str, Any]
_NONE = "–"


def section(audit: Audit, frame: Frame) -> Section:
    """One table of both; a sentence where there is nothing to compare."""
    before = _last(audit)
    if audit.outcome == Outcome.INVALID:
        return _said(_("This test was not valid, so nothing can be compared with it."))
    if before is None or before.document is None or audit.document is None:
        return _said(_("Not known yet: no valid audit of this model before this one is stored."))
    then, now = before.document, audit.document
    return Section(
        *titled(ReportSection.BEFORE),
        paragraphs=(_verdict(then, now), _cohort(then, now)),
        tables=(
            Table(
                caption=_("This audit and the one before of the same model"),
                headers=(
                    _("Figure"),
                    _("Audit %(number)s, %(day)s") % _named(before, frame),
                    _("Audit %(number)s, %(day)s") % _named(audit, frame),
                ),
                rows=(*_standing(before, audit), *_measured(then, now), *_made(then, now)),
                badges=(
                    (),
                    ("", before.badge, audit.badge),
                ),  # the second row is that of the rating
                widths=(1.3, 1.2, 1.2),
                note=_("Ratings are those that were given on the day of each audit."),
            ),
        ),
    )


def _said(sentence: str) -> Section:
    return Section(*titled(ReportSection.BEFORE), paragraphs=(sentence,))


def _named(audit: Audit, frame: Frame) -> dict[str, object]:
    return {"number": audit.pk, "day": frame.day(audit.completed_at)}


def _last(audit: Audit) -> Audit | None:
    """The newest valid audit of the same model that was finished before this one."""
    rows = Audit.objects.filter(
        model_version__model=audit.model_version.model_id, completed_at__lt=audit.completed_at
    )
    found = rows.exclude(outcome=Outcome.INVALID).select_related("model_version")
    return found.order_by("-completed_at", "-pk").first()


def _verdict(then: Stored, now: Stored) -> str:
    """Whether more or less is given away; nothing is better or worse between unlike tests."""
    if not growth.comparable(then, now):
        return _(
            "Other attacks or another verdict policy were used than before: a new baseline begins,"
            " and part of every change may come from that."
        )
    if growth.grew(then, now):
        return _("More is given away than before.")
    if growth.shrank(then, now):
        return _("Clearly less is given away than before.")
    return _("No difference that these numbers of records could show.")


def _cohort(then: Stored, now: Stored) -> str:
    """Whether both were measured on the same records, by the digests of their files."""
    sides = ("members_sha256", "nonmembers_sha256")
    found = [[one["provenance"][side] for side in sides] for one in (then, now)]
    if not all(all(one) for one in found):
        return _("Whether the records were the same is not known: not every file has a digest.")
    if found[0] == found[1]:
        return _("Both were measured on the same records.")
    return _("They were measured on different records: part of a change may come from that.")


def _standing(before: Audit, audit: Audit) -> tuple[tuple[str, ...], ...]:
    pair = (before, audit)
    return (
        (_("Version of the model"), *(str(one.model_version.number) for one in pair)),
        (_("Rating"), *(str(one.get_badge_display()) for one in pair)),
        (_("Shown"), *(level_words.shown(one.reached or _NONE) for one in pair)),
        (_("Not ruled out"), *(level_words.not_ruled_out(one.ceiling or _NONE) for one in pair)),
        (_("Evidence grade"), *(level_words.grade(one.grade or _NONE) for one in pair)),
    )


def _measured(then: Stored, now: Stored) -> tuple[tuple[str, ...], ...]:
    """The figures of the attack that leads today, with what that same attack found before."""
    leader = values.leading_attack(now)
    rows = []
    if leader is not None:
        name = values.attack_label(leader)
        for rate in reversed(values.FALSE_ALARM_RATES):
            label = _("%(attack)s, found at %(rate)s false alarms") % {
                "attack": name,
                "rate": values.percent(float(rate)),
            }
            rows.append((label, *(_rate(one, leader, rate) for one in (then, now))))
        label = _("%(attack)s, AUC") % {"attack": name}
        rows.append((label, *(_auc(one, leader) for one in (then, now))))
    return (
        *rows,
        (_("Leak factor, at least"), *(_factor(one) for one in (then, now))),
        (_("Right on training records"), *(_share(one, "member_accuracy") for one in (then, now))),
        (
            _("Right on held-out records"),
            *(_share(one, "nonmember_accuracy") for one in (then, now)),
        ),
    )


def _rate(stored: Stored, attack: str, rate: str) -> str:
    found = stored["attacks"].get(attack, {}).get("tpr", {}).get(rate)
    unit = str(stored["records"].get("unit", "record"))
    return values.reading_text(values.reading_of(found), unit=unit) if found else _NONE


def _auc(stored: Stored, attack: str) -> str:
    found = stored["attacks"].get(attack, {}).get("auc")
    if found is None or not found.get("reportable", True):
        return _NONE
    limits = (found["value"], found["low"], found["high"])
    return values.auc_text(*limits, rated=found.get("rated", True))


def _factor(stored: Stored) -> str:
    found = stored["epsilon"].get("leak_factor_low")
    return _NONE if found is None else f"{found:,.1f}"


def _share(stored: Stored, key: str) -> str:
    found = stored["model"][key]
    return _NONE if found is None else f"{found:.1%}"


def _made(then: Stored, now: Stored) -> tuple[tuple[str, ...], ...]:
    pair = (then, now)
    return (
        (
            _("Used for training / held out"),
            *(f"{one['records']['members']:,} / {one['records']['nonmembers']:,}" for one in pair),
        ),
        (_("Engine"), *(str(one["provenance"]["engine_version"]) for one in pair)),
        (_("Verdict policy"), *(str(one["provenance"]["rating_policy"]) for one in pair)),
    )
