"""Words of what is registered: clients, models, data, tools, and how they are rated."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ClientState(models.TextChoices):
    PROSPECT = "prospect", _("Prospect")
    ACTIVE = "active", _("Active")
    ARCHIVED = "archived", _("Archived")


class RatingBadge(models.TextChoices):
    LOW = "low", _("Low")
    GUARDED = "guarded", _("Guarded")
    ELEVATED = "elevated", _("Elevated")
    HIGH = "high", _("High")
    CRITICAL = "critical", _("Critical")
    UNTESTED = "untested", _("Untested")
    INCONCLUSIVE = "inconclusive", _("Inconclusive")
    EXPIRED = "expired", _("Expired")


class Trend(models.TextChoices):
    """Where the worst rating of a client went within 90 days."""

    BETTER = "better", _("Better")
    SAME = "same", _("Unchanged")
    WORSE = "worse", _("Worse")
    UNKNOWN = "unknown", _("Not known yet")


class SearchKind(models.TextChoices):
    """What a search finds; of two that fit alike the first comes first."""

    CLIENT = "client", _("Client")
    MODEL = "model", _("Model")
    DATASET = "dataset", _("Dataset")
    TOOL = "tool", _("AI tool")
    AUDIT = "audit", _("Audit")
    REPORT = "report", _("Report")
    CHECKLIST = "checklist_answer", _("Checklist")


class Expiry(models.TextChoices):
    """What of a client has a last day, as its page lists it."""

    AUDIT = "audit", _("Audit result expires")
    MODEL = "model", _("Model is reviewed")
    PERMISSION = "permission", _("Permission to audit ends")
    RECORDS = "records", _("Records are deleted")
    TOOL = "tool", _("AI tool is reviewed")
    ACTION = "action", _("Action is due")
    PLANNED = "planned", _("Next audit")


class NoteAbout(models.TextChoices):
    """What the provider's staff write notes about, as addresses name it."""

    CLIENT = "client", _("Client")
    MODEL = "model", _("Model")
    DATASET = "dataset", _("Dataset")
    TOOL = "tool", _("AI tool")


class Outcome(models.TextChoices):
    NO_SIGN = "no_sign", _("No sign found")
    TRACE = "trace", _("A trace")
    NOTICEABLE = "noticeable", _("Noticeable leak")
    SERIOUS = "serious", _("Serious leak")
    SEVERE = "severe", _("Severe leak")
    INCONCLUSIVE = "inconclusive", _("Inconclusive")
    INVALID = "invalid", _("Invalid comparison")


class Impact(models.IntegerChoices):
    PUBLIC = 1, _("S1: public or made-up data")
    INTERNAL = 2, _("S2: internal, not about people")
    PERSONAL = 3, _("S3: ordinary personal data")
    SENSITIVE = 4, _("S4: staff, financial, client-confidential, or about minors")
    SPECIAL = 5, _("S5: health, biometric, genetic, sexual, criminal, union or religion")

    @property
    def plain(self) -> str:
        """The same without the class, for whoever does not count in classes."""
        return str(_IMPACTS_IN_WORDS[self.value])


_IMPACTS_IN_WORDS = {
    1: _("Public or made-up data"),
    2: _("Internal, not about people"),
    3: _("Ordinary personal data"),
    4: _("Staff, financial or client data, or data about minors"),
    5: _("Health, biometric, genetic, sexual, criminal, union or religion"),
}


class Reveals(models.TextChoices):
    YES = "yes", _("Yes: being listed says something private (a clinic, a debt, a complaint)")
    NO = "no", _("No: being listed says little")
    PUBLIC = "public", _("Everybody knows: membership is public, or nearly everyone is in it")


class DataClass(models.TextChoices):
    PUBLIC = "public", _("Public")
    INTERNAL = "internal", _("Internal, not about people")
    PERSONAL = "personal", _("Personal")
    HR = "hr", _("Staff (HR)")
    FINANCE = "finance", _("Financial")
    CLIENT = "client", _("Client-confidential")
    CODE = "code", _("Source code")
    CHILDREN = "children", _("About minors")
    HEALTH = "health", _("Health")
    BIOMETRIC = "biometric", _("Biometric or genetic")
    SPECIAL = "special", _("Origin, belief, sexuality or criminal record")


class LegalBasis(models.TextChoices):
    """On what ground records may be used: the six of the GDPR, and none where none is needed."""

    CONSENT = "consent", _("Consent of the people")
    CONTRACT = "contract", _("Contract with the people")
    OBLIGATION = "obligation", _("Legal obligation")
    VITAL = "vital", _("Vital interests")
    PUBLIC_TASK = "public_task", _("Public task")
    LEGITIMATE = "legitimate", _("Legitimate interests, weighed and written down")
    NONE_NEEDED = "none_needed", _("None needed: nothing in it is about people")


class Exposure(models.TextChoices):
    PUBLIC = "public", _("Anyone: public endpoint or downloadable file")
    CUSTOMERS = "customers", _("Customers or partners with a login")
    INTERNAL = "internal", _("Our own staff with a login")
    NAMED = "named", _("At most ten named people, logged")
    LOCKED = "locked", _("Nobody: no way to query it, file locked away")


class Outputs(models.TextChoices):
    LABEL = "label", _("Only the answer")
    TOPK = "topk", _("The best few answers")
    PROBS = "probs", _("Confidence scores")
    LOGITS = "logits", _("Raw scores (logits)")
    EMBEDDINGS = "embeddings", _("Embeddings")
    WEIGHTS = "weights", _("The model file itself")


class Verbatim(models.TextChoices):
    """Whether answers repeat what a model learned: that is a copy of the records, not a guess."""

    UNKNOWN = "unknown", _("Not known")
    NO = "no", _("No: it was tried, or it gives out classes and numbers alone")
    YES = "yes", _("Yes: whole texts or records were seen in its answers")


class Origin(models.TextChoices):
    PLANNED = "planned", _("Planned, not trained yet")
    IN_HOUSE = "in_house", _("Trained in-house")
    FINE_TUNED = "fine_tuned", _("Fine-tuned from another model")
    FINE_TUNED_LLM = "fine_tuned_llm", _("A language model, fine-tuned on own texts")
    OPEN_WEIGHTS_TUNED = "open_weights_tuned", _("An open model, tuned by somebody else")
    VENDOR = "vendor_saas", _("Trained by a vendor")


class Hosting(models.TextChoices):
    """On whose systems a model runs."""

    UNKNOWN = "unknown", _("Not known")
    OWN = "own", _("On the company's own systems")
    THIRD_PARTY = "third_party", _("Hosted by a third party")


class PrivacyUnit(models.TextChoices):
    """What differential privacy in training counts: persons, or rows of which each has many."""

    NONE = "none", _("None, or not known")
    ROW = "row", _("Each row")
    PERSON = "person", _("Each person")


class Lifecycle(models.TextChoices):
    DRAFT = "draft", _("Draft")
    IN_REVIEW = "in_review", _("In review")
    APPROVED = "approved", _("Approved")
    RESTRICTED = "restricted", _("Restricted")
    BLOCKED = "blocked", _("Blocked")
    RETIRED = "retired", _("Retired")


# What may follow each status: nothing is approved, restricted or blocked before it was reviewed.
_REVIEWED = (Lifecycle.APPROVED, Lifecycle.RESTRICTED, Lifecycle.BLOCKED)
LIFECYCLE_STEPS = {
    Lifecycle.DRAFT: (Lifecycle.IN_REVIEW, Lifecycle.RETIRED),
    Lifecycle.IN_REVIEW: (Lifecycle.DRAFT, *_REVIEWED, Lifecycle.RETIRED),
    Lifecycle.APPROVED: (
        Lifecycle.IN_REVIEW,
        Lifecycle.RESTRICTED,
        Lifecycle.BLOCKED,
        Lifecycle.RETIRED,
    ),
    Lifecycle.RESTRICTED: (
        Lifecycle.IN_REVIEW,
        Lifecycle.APPROVED,
        Lifecycle.BLOCKED,
        Lifecycle.RETIRED,
    ),
    Lifecycle.BLOCKED: (Lifecycle.IN_REVIEW, Lifecycle.RETIRED),
    Lifecycle.RETIRED: (Lifecycle.IN_REVIEW,),
}
# With which of them an entry begins.
LIFECYCLE_STARTS = (Lifecycle.DRAFT, Lifecycle.IN_REVIEW)


class VersionKind(models.TextChoices):
    SKOPS = "skops", _("Model file (.skops)")
    ONNX = "onnx", _("Model file (.onnx)")
    SAFETENSORS = "safetensors", _("Model file (.safetensors)")
    PREDICTIONS = "predictions", _("Predictions file")


MODEL_FILES = frozenset({VersionKind.SKOPS, VersionKind.ONNX, VersionKind.SAFETENSORS})


class Split(models.TextChoices):
    RANDOM = "random", _("Drawn at random before training")
    UNKNOWN = "unknown", _("Not known, or chosen some other way")


class Preset(models.TextChoices):
    QUICK = "quick", _("Quick")
    STANDARD = "standard", _("Standard")
    DEEP = "deep", _("Deep")


class TrainsOnData(models.TextChoices):
    NO = "no", _("Only if switched on")
    OPT_OUT = "opt_out", _("Unless switched off")
    YES = "yes", _("Yes")
    UNKNOWN = "unknown", _("Not known")


class ToolDecision(models.TextChoices):
    UNDECIDED = "undecided", _("Not reviewed")
    APPROVE = "approve", _("Approve")
    APPROVE_LISTED = "approve_listed", _("Approve for listed data")
    RESTRICT = "restrict", _("Restrict")
    REJECT = "reject", _("Reject")

    @property
    def done(self) -> str:
        """The word for what was decided, where the label is the word for deciding it."""
        return str(_DECIDED.get(self, self.label))

    @property
    def means(self) -> str:
        """What people may put into the tool, in one sentence; empty where nothing is decided."""
        return str(_MEANING.get(self, ""))


_DECIDED = {
    ToolDecision.APPROVE: _("Approved"),
    ToolDecision.APPROVE_LISTED: _("Approved for listed data"),
    ToolDecision.RESTRICT: _("Restricted"),
    ToolDecision.REJECT: _("Rejected"),
}
_MEANING = {
    ToolDecision.APPROVE: _(
        "It may be used with data of the kind that it was looked at for, and nothing more"
        " sensitive."
    ),
    ToolDecision.APPROVE_LISTED: _("Only the kinds of data that are listed here may go in."),
    ToolDecision.RESTRICT: _("Only public data may go in."),
    ToolDecision.REJECT: _("It must not be used, not even with public data."),
}


# Of what a person decides about a tool, from the least to the most that is let in.
TOOL_DECISIONS = (
    ToolDecision.REJECT,
    ToolDecision.RESTRICT,
    ToolDecision.APPROVE_LISTED,
    ToolDecision.APPROVE,
)


class ToolState(models.TextChoices):
    """How far a client's tool has come, from the first report to the next review."""

    REPORTED = "reported", _("Reported")
    IN_REVIEW = "in_review", _("In review")
    DECIDED = "decided", _("Decided")
    REVIEW_DUE = "review_due", _("Review due")


class SheetState(models.TextChoices):
    """How the review of a vendor's sheet stands."""

    NONE = "none", _("No review yet")
    OPEN = "open", _("Being filled in")
    CURRENT = "current", _("Reviewed")
    DUE_SOON = "due_soon", _("Review due soon")
    DUE = "due", _("Review due")
    OVERDUE = "overdue", _("Review overdue")


class ToolCategory(models.TextChoices):
    ASSISTANT = "assistant", _("Chat assistant")
    WRITING = "writing", _("Writing and translation")
    MEETINGS = "meetings", _("Meeting notes and dictation")
    CODE = "code", _("Programming")
    MEDIA = "media", _("Pictures, sound, video")
    SEARCH = "search", _("Search and research")
    PEOPLE = "people", _("Hiring and staff")
    BUSINESS = "business", _("AI inside other software")
    OTHER = "other", _("Something else")


class ReviewEvidence(models.TextChoices):
    """What an answer of a review rests on; the weights are in `guidance/reviews.py`."""

    CONTRACT = "contract", _("Contract or audit report")
    PAGE = "page", _("Published page")
    EMAIL = "email", _("E-mail from the vendor")
    CALL = "call", _("Said in a call, or nothing to show")
