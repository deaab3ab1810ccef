"""Of the technical appendix: what was tested, and what whoever attacked it had and knew."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audits.enums import ReportSection
from audits.models import AIModel, Audit
from audits.queries import audit as audits
from audits.queries import words
from audits.queries.report_frame import Frame, titled
from audits.reports.document import Fact, Section


def section(result: audits.Result, frame: Frame) -> Section:
    """Scope, access, knowledge and outputs, and what was stated about the training."""
    audit = result.audit
    model = audit.model_version.model
    return Section(
        *titled(ReportSection.SCOPE),
        facts=(
            Fact(_("What may be tested"), _scope(audit, frame)),
            Fact(_("Who may ask the model"), _access(audit, model)),
            Fact(_("What it gives back"), str(model.get_outputs_display())),
            Fact(_("Repeats what it learned"), str(model.get_verbatim_display())),
            Fact(_("Where it runs"), model.hosted_by or str(model.get_hosting_display())),
            Fact(_("What the attacker had"), " ".join(_had(audit.document or {}))),
            Fact(_("Records"), _records(audit)),
            Fact(_("Differential privacy"), " ".join(_privacy(model))),
        ),
        points=(
            _(
                "What the model gives back, and what was stated about its training, is as its entry"
                " says on the day of this report."
            ),
        ),
    )


def _scope(audit: Audit, frame: Frame) -> str:
    given = audit.authorisation
    if given is None:
        return _("Not known: the audit is older than the record of permissions.")
    return _("%(scope)s (holds until %(day)s)") % {
        "scope": given.scope.rstrip(". "),
        "day": frame.day(given.ends_on),
    }


def _access(audit: Audit, model: AIModel) -> str:
    """As it was when the audit was asked for, and as it is today where that is something else."""
    then, now = str(audit.get_exposure_display()), str(model.get_exposure_display())
    if then == now:
        return then
    return _("%(then)s. Today: %(now)s") % {"then": then, "now": now}


def _had(stored: dict[str, Any]) -> Iterator[str]:
    """What the attacks were given, by the digests and counts that the result keeps."""
    if stored["provenance"]["model_sha256"]:
        yield _("A copy of the model: it could be asked anything, and every score was seen.")
    else:
        yield _("The answers in the predictions file, and no way to ask the model more.")
    yield _("The records to be told apart, with their right answers.")
    further = stored["records"]["population"]
    if further:
        said = ngettext(
            "%(count)s further record of the same kind.",
            "%(count)s further records of the same kind.",
            further,
        )
        yield said % {"count": f"{further:,}"}
    if stored["references"]["count"]:
        yield _("Enough of the recipe to train models that resemble it.")


def _records(audit: Audit) -> str:
    """From which version of which dataset they came."""
    data = audit.dataset_version
    if data is None:
        return _("Those of the predictions file; no dataset is named.")
    return _("%(dataset)s, version %(number)s") % {
        "dataset": data.dataset.name,
        "number": data.number,
    }


def _privacy(model: AIModel) -> Iterator[str]:
    """The declared bound in words with its unit and delta, what that is worth, and its source."""
    told = words.privacy(model)
    if not told:
        yield _("Not known yet: nothing was stated about differential privacy in its training.")
        return
    yield _("As stated, not as measured:")
    yield from told
    if model.dp_source:
        yield _("Source: %(source)s.") % {"source": model.dp_source.rstrip(". ")}
