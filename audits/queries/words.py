"""A stored result in words: the one place that screen, report and API take their sentences from."""

from audits.enums import Reveals
from audits.guidance import explain
from audits.guidance.explain import OwnerWords
from audits.guidance.rating import Rating
from audits.guidance.wording import say
from audits.models import Audit, Finding
from audits.queries import risk


def owner_words(audit: Audit, rating: Rating) -> OwnerWords | None:
    """Explain a finished audit to an owner; None while there is no result."""
    if audit.document is None:
        return None
    model = audit.model_version.model
    found = risk.sensitivity_today(model, audit)
    return explain.explain(
        audit.document,
        impact=found.impact,
        reveals_membership=found.reveals == Reveals.YES,
        exposure=model.exposure,
        rating=rating,
    )


def trace_sentences(rating: Rating) -> list[str]:
    """Every rule that fired, as a sentence: how is this calculated?"""
    return [say(f"trace.{step.key}", dict(step.params)) for step in rating.trace]


def finding_sentence(finding: Finding) -> str:
    """What the audit showed, in one sentence."""
    return say(f"finding.{finding.key}", finding.params)


def latest_words(audit: Audit, rating: Rating) -> OwnerWords | None:
    """Explain an audit that was listed without its document."""
    audit.refresh_from_db(fields=["document"])
    return owner_words(audit, rating)
