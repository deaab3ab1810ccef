"""Of the technical appendix: every control with what shows it, and the frameworks it supports."""

from collections import defaultdict
from collections.abc import Iterable

from django.utils.translation import gettext as _

from audits.enums import Answer, EvidenceKind, ReportSection
from audits.guidance.frameworks import Framework
from audits.models import ChecklistEvidence, Client
from audits.queries import framework as frameworks
from audits.queries.checklist import ChecklistRow
from audits.queries.report_frame import Frame, titled
from audits.reports.document import Section, Table

MOST_SHOWN = 3
_LONGEST = 60


def checklist(rows: list[ChecklistRow], client: Client, frame: Frame) -> Section:
    """The whole checklist, by number; what staff noted about it stays where it is."""
    shown = _evidence(client, frame)
    asked = sorted((row for row in rows if not row.is_retired), key=lambda row: row.control.id)
    answered = sum(row.standing != Answer.UNANSWERED for row in asked)
    proven = sum(row.item.pk in shown for row in asked)
    told = _("%(answered)s of %(all)s controls are answered; evidence is kept for %(proven)s.")
    return Section(
        *titled(ReportSection.CHECKLIST),
        paragraphs=(told % {"answered": answered, "all": len(asked), "proven": proven},),
        tables=(
            Table(
                caption=_("Controls of the client, their answers and what shows them"),
                headers=(_("Control"), _("What it asks for"), _("Answer"), _("Evidence")),
                rows=tuple(
                    (
                        row.control.id,
                        row.control.words(plain=True).title,
                        _answer(row, frame),
                        "; ".join(shown.get(row.item.pk, ())) or _("None kept"),
                    )
                    for row in asked
                ),
                widths=(0.6, 2.0, 1.2, 2.0),
                empty=_("No control applies yet."),
                note=_("Files are named, not enclosed: they are opened in the portal."),
            ),
        ),
    )


def _answer(row: ChecklistRow, frame: Frame) -> str:
    """What counts of the answer and its day; an answer that is old counts half."""
    said = str(row.standing.label)
    if row.standing == Answer.UNANSWERED or row.item.answered_at is None:
        return said
    dated = {"answer": said, "day": frame.day(row.item.answered_at)}
    if row.counts_half:
        return _("%(answer)s, %(day)s, counts half by age") % dated
    return _("%(answer)s, %(day)s") % dated


def _evidence(client: Client, frame: Frame) -> dict[int, list[str]]:
    """What shows each control, the newest first, by the number of its row."""
    found: dict[int, list[ChecklistEvidence]] = defaultdict(list)
    for one in ChecklistEvidence.objects.filter(client=client).select_related("file"):
        found[one.item_id].append(one)
    return {item: list(_listed(listed, frame)) for item, listed in found.items()}


def _listed(found: list[ChecklistEvidence], frame: Frame) -> Iterable[str]:
    for one in found[:MOST_SHOWN]:
        name = str(one) if one.kind != EvidenceKind.LINK else one.url
        yield _("%(kind)s of %(day)s: %(name)s") % {
            "kind": one.get_kind_display(),
            "day": frame.day(one.dated),
            "name": name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…",
        }
    if (more := len(found) - MOST_SHOWN) > 0:
        yield _("and %(more)s more in the portal") % {"more": more}


def crosswalk(rows: list[ChecklistRow], client: Client) -> Section:
    """Passages that a control of this client supports, of frameworks that were read."""
    tables = []
    for one in frameworks.listed(client):
        lines = frameworks.crosswalk(client, one, rows=rows)
        if lines:
            tables.append(
                Table(
                    caption=called(one),
                    headers=(_("Passage"), _("Supported by, with its answer")),
                    rows=tuple((line.reference, _supported(line.rows)) for line in lines),
                    widths=(1.0, 2.6),
                    note=one.about,
                )
            )
    return Section(
        *titled(ReportSection.CROSSWALK),
        paragraphs=(
            _(
                "A control supports a passage and never satisfies it. Only what was read of a"
                " framework stands here."
            ),
        ),
        tables=tuple(tables),
    )


def called(one: Framework) -> str:
    """Its short name and its title; words that end the one and begin the other stand once."""
    name, title = one.name, one.title
    if title in name:
        return name
    for start in (i for i in range(len(name)) if i == 0 or name[i - 1] == " "):
        if title.startswith(name[start:]):
            return name[:start] + title
    return f"{name}: {title}"


def _supported(rows: Iterable[ChecklistRow]) -> str:
    return ", ".join(
        _("%(control)s (%(answer)s)")
        % {"control": row.control.id, "answer": str(row.standing.label)}
        for row in sorted(rows, key=lambda row: row.control.id)
    )
