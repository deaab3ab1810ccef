"""Lines of the log as sentences: the one place that knows what a verb reads like."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audits.enums import Refusal, Role
from audits.guidance import catalogue
from audits.models import Activity
from audits.queries import report as reports
from audits.queries.activity_content import Content, Line

# What stands after a name. A verb that is not here reads as it is spelled, with its object behind.
SENTENCES = {
    ("created", "client"): _("set up %(name)s"),
    ("changed", "client"): _("changed the details of %(name)s"),
    ("assigned", "client"): _("changed who looks after %(name)s"),
    ("brought_forward", "client"): _("brought due dates forward: a rating has risen"),
    ("archived", "client"): _("archived %(name)s"),
    ("restored", "client"): _("brought %(name)s back from the archive"),
    ("added", "aimodel"): _("added the model “%(name)s”"),
    ("changed", "aimodel"): _("changed the model “%(name)s”"),
    ("uploaded", "aimodel"): _("uploaded a version of “%(name)s”"),
    ("changed_version", "aimodel"): _("changed a version of “%(name)s”"),
    ("set_retention", "aimodel"): _("set how long a file of “%(name)s” is kept"),
    ("deleted_file", "aimodel"): _("deleted a file of “%(name)s”"),
    ("authorised", "aimodel"): _("recorded the permission to audit “%(name)s”"),
    ("unauthorised", "aimodel"): _("withdrew the permission to audit “%(name)s”"),
    ("added", "dataset"): _("added the dataset “%(name)s”"),
    ("changed", "dataset"): _("changed the dataset “%(name)s”"),
    ("uploaded", "dataset"): _("uploaded records to “%(name)s”"),
    ("drew", "dataset"): _("split the records of “%(name)s” by chance"),
    ("confirmed", "dataset"): _("confirmed what the columns of “%(name)s” hold"),
    ("decided", "dataset"): _("decided how sensitive “%(name)s” is"),
    ("permitted", "dataset"): _("recorded a permission for “%(name)s”"),
    ("set_retention", "dataset"): _("set how long the records of “%(name)s” are kept"),
    ("deleted_records", "dataset"): _("deleted the records of “%(name)s”"),
    ("added", "aitool"): _("listed the AI tool “%(name)s”"),
    ("changed", "aitool"): _("changed the AI tool “%(name)s”"),
    ("asked", "aitool"): _("asked for a new decision about “%(name)s”"),
    ("started_review", "aitool"): _("began the review of “%(name)s”"),
    ("decided", "aitool"): _("decided about the AI tool “%(name)s”"),
    ("fell_due", "aitool"): _("made the review of “%(name)s” due: the vendor's terms changed"),
    ("learned", "aitool"): _("wrote into “%(name)s” what the review says about training"),
    ("created", "vendorsheet"): _("added the fact sheet “%(name)s”"),
    ("changed", "vendorsheet"): _("changed the fact sheet “%(name)s”"),
    ("saved_terms", "vendorsheet"): _("saved the terms of “%(name)s”"),
    ("set_default", "vendorsheet"): _("set the usual decision about “%(name)s”"),
    ("started", "vendorreview"): _("began a review of “%(name)s”"),
    ("answered", "vendorreview"): _("answered questions about “%(name)s”"),
    ("completed", "vendorreview"): _("completed the review of “%(name)s”"),
    ("revised", "ratingpolicy"): _("made %(name)s of the rating policy"),
    ("requested", "audit"): _("asked for an audit of “%(name)s”"),
    ("cancelled", "audit"): _("cancelled an audit of “%(name)s”"),
    ("acknowledged", "audit"): _("acknowledged that an audit of “%(name)s” failed"),
    ("brought_back", "audit"): _("took back the acknowledgement of a failed audit of “%(name)s”"),
    ("completed", "audit"): _("finished an audit of “%(name)s”"),
    ("requested", "report"): _("asked for a report on “%(name)s”"),
    ("made", "report"): _("made a report on “%(name)s”"),
    ("handed_in", "report"): _("handed in a report on “%(name)s” for review"),
    ("sent_back", "report"): _("sent back a report on “%(name)s”"),
    ("sent", "report"): _("sent a report on “%(name)s”"),
    ("requested", "portfolioreport"): _("asked for the portfolio report %(name)s"),
    ("cancelled", "portfolioreport"): _("stopped the making of the portfolio report %(name)s"),
    ("made", "portfolioreport"): _("made the portfolio report %(name)s"),
    ("downloaded", "report"): _("downloaded the report %(name)s"),
    ("sent_hidden", "report"): _("sent a hidden copy of a report on “%(name)s”"),
    ("planned", "reportschedule"): _("planned a report: %(name)s"),
    ("changed", "reportschedule"): _("changed the schedule of a report: %(name)s"),
    ("paused", "reportschedule"): _("paused the schedule of a report: %(name)s"),
    ("resumed", "reportschedule"): _("let the schedule of a report go on: %(name)s"),
    ("deleted", "reportschedule"): _("deleted the schedule of a report: %(name)s"),
    ("failed", "reportschedule"): _("could not make or send a planned report: %(name)s"),
    ("planned", "auditschedule"): _("planned audits of “%(name)s”"),
    ("changed", "auditschedule"): _("changed the schedule of audits of “%(name)s”"),
    ("paused", "auditschedule"): _("paused the schedule of audits of “%(name)s”"),
    ("resumed", "auditschedule"): _("let the schedule of audits of “%(name)s” go on"),
    ("deleted", "auditschedule"): _("deleted the schedule of audits of “%(name)s”"),
    ("ended", "auditschedule"): _("ended the schedule of audits of “%(name)s”: it is retired"),
    ("failed", "auditschedule"): _("could not start a planned audit of “%(name)s”"),
    ("answered", "checklistitem"): _("answered “%(name)s”"),
    ("confirmed", "checklistitem"): _("confirmed that “%(name)s” does not apply"),
    ("sent_back", "checklistitem"): _("opened “%(name)s” again"),
    ("assigned", "checklistitem"): _("changed who sees to “%(name)s”"),
    ("dated", "checklistitem"): _("set the date of “%(name)s”"),
    ("added_evidence", "checklistitem"): _("added evidence to “%(name)s”"),
    ("removed_evidence", "checklistitem"): _("took evidence away from “%(name)s”"),
    ("commented", "checklistitem"): _("commented on “%(name)s”"),
    ("decided", "checklistitem"): _("decided about “%(name)s”"),
    ("took_over", "checklistpin"): _("took over a newer edition of the checklist"),
    ("created", "apitoken"): _("made the API token “%(name)s”"),
    ("revoked", "apitoken"): _("revoked the API token “%(name)s”"),
    (Refusal.TOKEN_REFUSED, "apitoken"): _("was not let in by the API token “%(name)s”"),
    ("admitted", "user"): _("let %(name)s in"),
    ("removed_demo", "provider"): _("removed the demo from %(name)s"),
    ("checked_isolation", "isolationcheck"): _("checked the walls between clients"),
    ("created", "signonaddress"): _("reserved the log-in address %(name)s"),
    ("changed", "signon"): _("changed single sign-on with %(name)s"),
    ("linked", "signon"): _("logged in with a company account of %(name)s for the first time"),
    ("unlinked", "signon"): _("unbound somebody's company account of %(name)s"),
    ("refused", "signon"): _("a log-in with a company account of %(name)s was refused"),
    ("changed", "user"): _("changed the role of %(name)s"),
    ("removed", "user"): _("ended the access of %(name)s"),
    ("joined", "user"): _("accepted the invitation"),
    ("invited", "invitation"): _("invited %(name)s"),
    ("reinvited", "invitation"): _("sent %(name)s a new invitation"),
    ("revoked", "invitation"): _("took back the invitation of %(name)s"),
    ("created", "clientgroup"): _("made the group “%(name)s”"),
    ("changed", "clientgroup"): _("changed the group “%(name)s”"),
    ("deleted", "clientgroup"): _("deleted the group “%(name)s”"),
    ("changed", "provider"): _("changed the details of %(name)s"),
    ("set_logo", "provider"): _("changed the logo of %(name)s"),
    ("removed_logo", "provider"): _("removed the logo of %(name)s"),
    ("finished_welcome", "provider"): _("closed the welcome"),
    ("logged_in", "user"): _("logged in"),
    ("logged_out", "user"): _("logged out"),
    ("changed_password", "user"): _("changed the own password"),
    ("reset_password", "user"): _("set a new password by e-mail"),
    ("added_factor", "user"): _("set up a second factor"),
    ("removed_factor", "user"): _("removed a second factor"),
    ("reset_factor", "user"): _("took a lost second factor off %(name)s"),
    ("renewed_factor", "user"): _("made new recovery codes"),
    ("ended_session", "user"): _("ended one of the own sessions"),
    ("ended_sessions", "user"): _("ended the own other sessions"),
    ("ended the sessions of", "user"): _("ended the sessions of %(name)s"),
    (Refusal.LOG_IN_FAILED, "user"): _("failed to log in as %(name)s"),
    ("began", "breakglass"): _("began to look at this client as platform operator"),
    ("ended", "breakglass"): _("ended the look of the platform operator"),
    ("noted", "*"): _("wrote a note about “%(name)s”"),
    ("removed_note", "*"): _("deleted a note about “%(name)s”"),
    ("downloaded", "*"): _("downloaded a file of “%(name)s”"),
    ("looked", "*"): _("looked at %(name)s as platform operator"),
    (Refusal.REFUSED, "*"): _("was refused %(name)s"),
}
# How a report names itself when it is written into the log.
_REPORT = re.compile(r"Report (\d+)")
_LOOKING = frozenset({"GET", "HEAD"})
_KINDS = {
    "page": _("Page"),
    "user": _("Person"),
    "aimodel": _("Model"),
    "aitool": _("AI tool"),
    "checklistitem": _("Checklist"),
    "checklistpin": _("Edition of the checklist"),
    "clientgroup": _("Group"),
    "breakglass": Role.OPERATOR.label,
    "ratingpolicy": _("Rating policy"),
    "auditschedule": _("Schedule of audits"),
    "reportschedule": _("Schedule of reports"),
    "vendorsheet": _("Fact sheet"),
    "vendorreview": _("Tool review"),
}


@dataclass(frozen=True, kw_only=True)
class Change:
    """A field as the log shows it: its name and both values in words."""

    label: str
    before: str
    after: str


def sentence(line: Line, content: Content, *, plain_controls: bool = False) -> str:
    """What somebody did, to be read after their name."""
    if content.is_erased:
        told = {"verb": line.verb.replace("_", " "), "kind": kind_label(line.object_type)}
        return gettext("%(verb)s: %(kind)s (content erased)") % told
    found = SENTENCES.get((line.verb, line.object_type), SENTENCES.get((line.verb, "*")))
    if found is None:
        name = _name(line, content, plain_controls=plain_controls)
        told = {"verb": line.verb.replace("_", " "), "name": name}
        return (gettext("%(verb)s %(name)s") % told).strip()
    return str(found % {"name": _name(line, content, plain_controls=plain_controls)})


def plain_sentence(line: Line, content: Content, *, plain_controls: bool = True) -> str:
    """The same for a client's own people, to whom the address of a closed page says nothing."""
    if line.verb != Refusal.REFUSED or content.is_erased:
        return sentence(line, content, plain_controls=plain_controls)
    if content.details.get("method", "GET") in _LOOKING:
        return gettext("tried to open a page that is not there, or not open to them")
    return gettext("tried to do something that is not open to them")


def verb_label(verb: str) -> str:
    """A verb as a choice: "changed_password" → "Changed password"."""
    return verb.replace("_", " ").capitalize()


def kind_label(kind: str) -> str:
    """What kind of thing an object is, in a word."""
    if kind in _KINDS:
        return str(_KINDS[kind])
    model = _model(kind)
    return str(model._meta.verbose_name).capitalize() if model else kind.capitalize()  # noqa: SLF001 - Django's documented model API


def changes(line: Line, content: Content) -> list[Change]:
    """Every field that the line says changed, however it was written down."""
    model = _model(line.object_type)
    return [
        Change(
            label=_label(model, name),
            before=_shown(model, name, change.get("before")),
            after=_shown(model, name, change.get("after")),
        )
        if isinstance(change, Mapping)
        else Change(label=_label(model, name), before="", after=str(change or ""))
        for name, change in _changed(content.details)
    ]


def facts(content: Content) -> list[tuple[str, str]]:
    """What else the line says."""
    changed = {name for name, _change in _changed(content.details)}
    return [
        (_label(None, name), _text(value))
        for name, value in content.details.items()
        if name not in {"fields", *changed} and value not in ("", None, [], {})
    ]


def _changed(details: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    fields = details.get("fields")
    if isinstance(fields, Mapping):
        yield from fields.items()
    elif isinstance(fields, list):  # lines of early days name the fields alone
        yield from ((str(name), None) for name in fields)
    for name, value in details.items():
        if name != "fields" and isinstance(value, Mapping) and {"before", "after"} == set(value):
            yield name, value


def _model(kind: str) -> type[models.Model] | None:
    try:
        return apps.get_model("audits", kind)
    except LookupError:
        return None


def _label(model: type[models.Model] | None, name: str) -> str:
    try:
        field = model._meta.get_field(name) if model else None  # noqa: SLF001 - Django's documented model API
    except FieldDoesNotExist:
        field = None
    label = str(getattr(field, "verbose_name", "") or name).replace("_", " ")
    return label[:1].upper() + label[1:]


def _shown(model: type[models.Model] | None, name: str, value: object) -> str:
    """A value as its field shows it: the word of a choice, a day, yes or no."""
    try:
        field = model._meta.get_field(name) if model else None  # noqa: SLF001 - Django's documented model API
    except FieldDoesNotExist:
        field = None
    choices = dict(getattr(field, "flatchoices", None) or ())
    known = isinstance(value, str | int) and value in choices
    return str(choices[value]) if known else _text(value)


def _text(value: object) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, list):
        return ", ".join(_text(entry) for entry in value) or "–"
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {_text(entry)}" for key, entry in value.items())
    return str(value)


def _name(line: Line, content: Content, *, plain_controls: bool) -> str:
    """How the object is called on the pages of its reader.

    A control has one title for owners and one for staff, who read its id as well; a report is
    called by the number that is printed on it.
    """
    known = catalogue.by_id().get(content.name) if line.object_type == "checklistitem" else None
    if known is not None:
        title = known.words(plain=plain_controls).title
        told = {"title": title, "control": known.id}
        return title if plain_controls else gettext("%(title)s (%(control)s)") % told
    return str(content.details.get("model") or _report(line, content.name))


def _report(line: Line, name: str) -> str:
    """The number of a report as it is printed; any other name as it was written down."""
    found = _REPORT.fullmatch(name)
    if found is None or line.object_type != "report" or not isinstance(line, Activity):
        return name
    return reports.called(line.client.slug, int(found[1]))
