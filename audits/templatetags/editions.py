"""Two editions of a control side by side, part by part, in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django import template
from django.utils.translation import gettext_lazy as _

from audits.enums import Effort, Section
from audits.guidance.catalogue import Control, Words
from audits.guidance.editions import Changed

register = template.Library()

_LABELS: Final = {
    "title": _("What should be in place"),
    "question": _("The question"),
    "section": _("Section"),
    "audience": _("For whom"),
    "effort": _("Effort"),
    "weight": _("Weight"),
    "rule": _("When it is asked"),
    "why": _("Why it matters"),
    "steps": _("How to do it"),
    "evidence": _("What shows that it is done"),
    "maps": _("Supports these frameworks"),
    "owner": _("In the owner's words"),
    "tuned": _("Steps about what the client has"),
}


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part of a control as it was and as it is."""

    label: str
    before: str
    after: str


@register.filter
def differences(changed: Changed) -> list[Part]:
    """Return every part that is put otherwise."""
    return [
        Part(
            label=str(_LABELS.get(name, name)),
            before=_said(changed.before, name),
            after=_said(changed.after, name),
        )
        for name in changed.parts
    ]


def _said(control: Control, name: str) -> str:
    value: object = getattr(control, name)
    match name:
        case "section":
            return str(Section(control.section).label)
        case "effort":
            return str(Effort(control.effort).label)
        case "maps":
            value = tuple(f"{one.framework}: {one.reference}" for one in control.maps)
        case "tuned":
            value = tuple(one.step for one in control.tuned)
    if isinstance(value, Words):
        return _lines([value.title, value.question, value.why, *value.steps, value.evidence])
    if isinstance(value, tuple):
        return _lines(str(one) for one in value)
    return "" if value is None else str(value)


def _lines(texts: Iterable[str]) -> str:
    return "; ".join(text.rstrip(".") for text in texts if text)
