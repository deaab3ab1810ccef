"""The activity log as sentences."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from audits.guidance import catalogue
from audits.models import Activity, Client


@dataclass(frozen=True, kw_only=True)
class ActivityLine:
    """Who did what, and when."""

    who: str
    what: str
    at: datetime


def latest(client: Client, limit: int = 10) -> list[ActivityLine]:
    """The newest lines of the client's log."""
    rows = Activity.objects.filter(client=client).select_related("actor").order_by("-pk")
    return [
        ActivityLine(who=str(row.actor or _("The portal")), what=_what(row), at=row.at)
        for row in rows[:limit]
    ]


def _what(row: Activity) -> str:
    sentence = {
        ("created", "client"): _("set up %(name)s"),
        ("changed", "client"): _("changed the details of %(name)s"),
        ("added", "aimodel"): _("added the model “%(name)s”"),
        ("changed", "aimodel"): _("changed the model “%(name)s”"),
        ("uploaded", "aimodel"): _("uploaded a version of “%(name)s”"),
        ("added", "dataset"): _("added the dataset “%(name)s”"),
        ("changed", "dataset"): _("changed the dataset “%(name)s”"),
        ("uploaded", "dataset"): _("uploaded records to “%(name)s”"),
        ("added", "aitool"): _("listed the AI tool “%(name)s”"),
        ("changed", "aitool"): _("reviewed the AI tool “%(name)s”"),
        ("requested", "audit"): _("asked for an audit of “%(name)s”"),
        ("cancelled", "audit"): _("cancelled an audit of “%(name)s”"),
        ("completed", "audit"): _("finished an audit of “%(name)s”"),
        ("requested", "report"): _("asked for a report on “%(name)s”"),
        ("made", "report"): _("made a report on “%(name)s”"),
        ("answered", "checklistitem"): _("answered “%(name)s”"),
        ("admitted", "user"): _("let %(name)s in"),
    }.get((row.verb, row.object_type), f"{row.verb} %(name)s")
    return sentence % {"name": _name(row)}


def _name(row: Activity) -> str:
    if row.object_type == "checklistitem" and row.object_name in catalogue.by_id():
        return catalogue.by_id()[row.object_name].title
    return str(row.details.get("model") or row.object_name)
