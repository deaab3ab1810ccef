"""How each model of a client was rated at the start of a period and at its end, and why."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models.fields.json import KT
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audits.enums import RatingBadge
from audits.guidance import explain
from audits.guidance.strictness import Policy
from audits.models import AIModel, Audit, ModelVersion
from audits.queries import rating_policy, risk, risk_speaking
from audits.queries.report_frame import Frame
from audits.queries.report_periods import Period


@dataclass(frozen=True, kw_only=True)
class Movement:
    """One model: its rating then and now; None for a time before it was listed."""

    model: str
    before: RatingBadge | None
    after: RatingBadge | None
    why: str
    # What the rating at the end asks for, as the owner's pages say it.
    meaning: str = ""

    @property
    def rose(self) -> bool:
        return self._moved and _place(self.after) < _place(self.before)

    @property
    def fell(self) -> bool:
        return self._moved and _place(self.after) > _place(self.before)

    @property
    def _moved(self) -> bool:
        return self.before is not None and self.after is not None


def _place(badge: RatingBadge | None) -> int:
    return risk.BADGE_ORDER.index(badge) if badge is not None else len(risk.BADGE_ORDER)


@dataclass(frozen=True, kw_only=True)
class _Stand:
    """A model at a moment: the audit that spoke for it and the rating that gave."""

    audit: Audit | None
    badge: RatingBadge
    meaning: str


def models_of(frame: Frame) -> list[AIModel]:
    return list(AIModel.objects.filter(client=frame.client))


def movements(period: Period, frame: Frame) -> list[Movement]:
    """Every model of the client, the worst first."""
    zone = ZoneInfo(frame.client.time_zone)
    listed = models_of(frame)
    policy = rating_policy.of_client(frame.client)
    before = _standing(listed, period.begins(zone), policy)
    after = _standing(listed, min(period.ends(zone), frame.now), policy)
    versions = _measured_with([*before.values(), *after.values()])
    found = [
        Movement(
            model=model.name,
            before=before[model.pk].badge if model.pk in before else None,
            after=after[model.pk].badge if model.pk in after else None,
            why=_why(before.get(model.pk), after.get(model.pk), versions, frame),
            meaning=after[model.pk].meaning if model.pk in after else "",
        )
        for model in listed
        if model.pk in after
    ]
    return sorted(found, key=lambda one: (_place(one.after), one.model.casefold()))


def _standing(listed: list[AIModel], at: datetime, policy: Policy) -> dict[int, _Stand]:
    """Each model that was listed by then, with what spoke for it."""
    there = [model for model in listed if model.created_at < at]
    finished = Audit.objects.filter(
        model_version__model__in=there, completed_at__lt=at
    ).select_related("model_version__model", "dataset_version__dataset")
    spoke = {
        one.model_version.model_id: one
        for one in risk_speaking.speaking(finished.defer("document"), at=at)
    }
    rows = ModelVersion.objects.filter(model__in=there, created_at__lt=at)
    newest = {
        one.model_id: one for one in rows.order_by("model_id", "-number").distinct("model_id")
    }
    return {
        model.pk: _stand(model, newest.get(model.pk), spoke.get(model.pk), policy, at)
        for model in there
    }


def _stand(
    model: AIModel,
    version: ModelVersion | None,
    audit: Audit | None,
    policy: Policy,
    at: datetime,
) -> _Stand:
    rated = risk.rate(model=model, version=version, audit=audit, policy=policy, at=at)
    return _Stand(
        audit=audit, badge=RatingBadge(rated.badge.value), meaning=explain.badge_words(rated)
    )


def _measured_with(stands: Iterable[_Stand]) -> dict[int, tuple[str, str]]:
    """By which engine and which verdict policy each of these audits was measured."""
    wanted = {one.audit.pk for one in stands if one.audit is not None}
    rows = Audit.objects.filter(pk__in=wanted).values_list(
        "pk", KT("document__provenance__engine_version"), KT("document__provenance__rating_policy")
    )
    return {pk: (engine, policy) for pk, engine, policy in rows}


def _why(
    before: _Stand | None,
    after: _Stand | None,
    versions: dict[int, tuple[str, str]],
    frame: Frame,
) -> str:
    """What moved a rating, or why it stayed; a newer suite of attacks is told apart."""
    if after is None:
        return ""
    if before is None:
        return _("Listed in this quarter.")
    old, new = before.audit, after.audit
    if new is None:
        return _("Never audited.")
    if old is not None and old.pk == new.pk:
        aged = before.badge != after.badge
        return _("The same audit, now too old.") if aged else _("The same audit speaks for it.")
    told = _("Audited on %(day)s.") % {"day": frame.day(new.completed_at)}
    if old is not None and versions.get(old.pk) != versions.get(new.pk):
        newer = _("Another version of the attacks was used: part of the change may come from that.")
        return f"{told} {newer}"
    return told


def told(moved: list[Movement]) -> str:
    """The quarter in a sentence."""
    if not moved:
        return _("No model is listed, so there was nothing to measure.")
    compared = sum(one.before is not None for one in moved)
    if not compared:
        return ngettext(
            "The one model was listed in this quarter, so there is nothing to compare it with yet.",
            "All %(count)s models were listed in this quarter: nothing can be compared yet.",
            len(moved),
        ) % {"count": len(moved)}
    worse, better = sum(one.rose for one in moved), sum(one.fell for one in moved)
    if not worse and not better:
        return ngettext(
            "The rating of the one model is the same as at the start.",
            "The ratings of the %(count)s models are the same as at the start.",
            compared,
        ) % {"count": compared}
    return _("Worse than at the start: %(worse)s of %(count)s models. Better: %(better)s.") % {
        "count": compared,
        "worse": worse,
        "better": better,
    }
