"""Words of reports: their kinds, what can stand in each, and how far one has come."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ReportKind(models.TextChoices):
    OWNER_SUMMARY = "owner_summary", _("Owner summary")
    TECHNICAL = "technical_appendix", _("Technical appendix")
    QUARTER = "quarterly_review", _("Quarterly review")
    TOOL = "tool_review", _("Tool-review sheet")
    PORTFOLIO = "portfolio", _("Portfolio report")

    @property
    def meaning(self) -> str:
        """What the report is for, in one sentence."""
        return str(_KIND_MEANINGS[self.value])


_KIND_MEANINGS = {
    "owner_summary": _("Two pages in plain words about one audit: what it means, what to do."),
    "technical_appendix": _(
        "One audit in full: every attack with its limits, the checks, the rating step by step, and"
        " what is needed to repeat it."
    ),
    "quarterly_review": _(
        "A quarter at this client: what was done, how the risk moved, what is open and next."
    ),
    "tool_review": _(
        "One AI tool: the decision, its conditions, and the answers and proof that it rests on."
    ),
    "portfolio": _(
        "All clients together: who needs attention and why, how ratings moved, what is overdue."
    ),
}
# Kinds about a client; the portfolio is the provider's own, and no client ever sees one.
CLIENT_KINDS = tuple(kind for kind in ReportKind if kind != ReportKind.PORTFOLIO)
# They hold what the provider knows, or figures for experts: staff decides who else reads one.
HELD_KINDS = (ReportKind.TECHNICAL, ReportKind.TOOL)
# Kinds that a schedule can make: what an owner is told regularly.
SCHEDULED_KINDS = (ReportKind.OWNER_SUMMARY, ReportKind.QUARTER)
# Kinds that speak about one audit.
AUDIT_KINDS = (ReportKind.OWNER_SUMMARY, ReportKind.TECHNICAL)


class ReportSection(models.TextChoices):
    """What a report can leave out; the labels are its headings."""

    READINESS = "readiness", _("Checklist readiness")
    WORDS = "words", _("Words used")
    TOOLS = "tools", _("AI tools in use")
    DECISIONS = "decisions", _("Decisions requested")
    ATTACKS = "attacks", _("What each attack found")
    CHECKS = "checks", _("Was it a valid test?")
    GROUPS = "groups", _("Who stands out")
    METHOD = "method", _("How it was measured")
    RATING = "rating", _("How the rating comes about")
    FINDINGS = "findings", _("Findings and actions")
    REPRODUCTION = "reproduction", _("What is needed to repeat it")
    SCOPE = "scope", _("Scope and attacker")
    SCORES = "scores", _("How the scores lie")
    BEFORE = "before", _("Before and after")
    CHECKLIST = "checklist", _("Controls and their evidence")
    CROSSWALK = "crosswalk", _("Frameworks that the controls support")
    DONE = "done", _("What was done")
    CARE = "care", _("What your provider did")
    AUDITS = "audits", _("Audits")
    ACTIONS = "actions", _("Actions")
    NEXT = "next", _("What comes next")
    PROMISES = "promises", _("Due and closed")
    VENDORS = "vendors", _("Vendors and their terms")
    INCIDENTS = "incidents", _("Incidents and near misses")
    ANSWERS = "answers", _("Answers and what they rest on")
    HISTORY = "history", _("Earlier decisions")
    TERMS = "terms", _("Terms of the vendor")
    MOVEMENT = "movement", _("How ratings are spread and moved")
    MAP = "map", _("Clients by their models")
    UNREACHED = "unreached", _("Not reached by an audit")
    GRAVE = "grave", _("High and Critical, against their time to act")
    PERMISSIONS = "permissions", _("Models nobody has permitted to audit")
    SHARED = "shared", _("What several clients have in common")
    OVERDUE = "overdue", _("Overdue actions")
    UNDECIDED = "undecided", _("AI tools waiting for a decision")
    REPORTS_DUE = "reports_due", _("Reports due")
    EVERYBODY = "everybody", _("All clients")


SECTIONS_OF = {
    ReportKind.OWNER_SUMMARY: (
        ReportSection.CARE,
        ReportSection.READINESS,
        ReportSection.WORDS,
        ReportSection.TOOLS,
        ReportSection.DECISIONS,
    ),
    ReportKind.TECHNICAL: (
        ReportSection.SCOPE,
        ReportSection.ATTACKS,
        ReportSection.SCORES,
        ReportSection.CHECKS,
        ReportSection.GROUPS,
        ReportSection.METHOD,
        ReportSection.RATING,
        ReportSection.BEFORE,
        ReportSection.FINDINGS,
        ReportSection.CHECKLIST,
        ReportSection.CROSSWALK,
        ReportSection.REPRODUCTION,
        ReportSection.WORDS,
    ),
    ReportKind.QUARTER: (
        ReportSection.DONE,
        ReportSection.AUDITS,
        ReportSection.VENDORS,
        ReportSection.INCIDENTS,
        ReportSection.PROMISES,
        ReportSection.ACTIONS,
        ReportSection.DECISIONS,
        ReportSection.TOOLS,
        ReportSection.NEXT,
    ),
    ReportKind.TOOL: (
        ReportSection.ANSWERS,
        ReportSection.HISTORY,
        ReportSection.TERMS,
    ),
    ReportKind.PORTFOLIO: (
        ReportSection.MOVEMENT,
        ReportSection.MAP,
        ReportSection.UNREACHED,
        ReportSection.GRAVE,
        ReportSection.PERMISSIONS,
        ReportSection.SHARED,
        ReportSection.OVERDUE,
        ReportSection.UNDECIDED,
        ReportSection.REPORTS_DUE,
        ReportSection.EVERYBODY,
    ),
}


class ReportState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    READY = "ready", _("Ready for review")
    SENT = "sent", _("Sent")
    SUPERSEDED = "superseded", _("Superseded")


class ReportRhythm(models.TextChoices):
    """How often a schedule makes its report."""

    MONTHLY = "monthly", _("Every month")
    QUARTERLY = "quarterly", _("Every three months")

    @property
    def months(self) -> int:
        return 1 if self == ReportRhythm.MONTHLY else 3


class ReportRunState(models.TextChoices):
    """How far a schedule has come with the report of one day."""

    MAKING = "making", _("Being made")
    READY = "ready", _("Ready for review")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")
