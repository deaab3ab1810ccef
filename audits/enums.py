"""Every word that a status, role or decision has on a page: spelled here and nowhere else."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    MSP_ADMIN = "msp_admin", _("MSP administrator")
    TECHNICIAN = "technician", _("Technician")
    CLIENT_OWNER = "client_owner", _("Owner")
    CLIENT_VIEWER = "client_viewer", _("Viewer")

    @property
    def is_held_at_a_client(self) -> bool:
        """Whether the role belongs to one client, not to the provider."""
        return self in CLIENT_ROLES


STAFF_ROLES = (Role.MSP_ADMIN, Role.TECHNICIAN)
CLIENT_ROLES = (Role.CLIENT_OWNER, Role.CLIENT_VIEWER)


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
    CHILDREN = "children", _("About minors")
    HEALTH = "health", _("Health")
    BIOMETRIC = "biometric", _("Biometric or genetic")


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


class Origin(models.TextChoices):
    PLANNED = "planned", _("Planned, not trained yet")
    IN_HOUSE = "in_house", _("Trained in-house")
    FINE_TUNED = "fine_tuned", _("Fine-tuned from another model")
    VENDOR = "vendor_saas", _("Trained by a vendor")


class Lifecycle(models.TextChoices):
    DRAFT = "draft", _("Draft")
    IN_REVIEW = "in_review", _("In review")
    APPROVED = "approved", _("Approved")
    RESTRICTED = "restricted", _("Restricted")
    BLOCKED = "blocked", _("Blocked")
    RETIRED = "retired", _("Retired")


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
    NO = "no", _("No, by contract")
    OPT_OUT = "opt_out", _("Unless switched off")
    YES = "yes", _("Yes")
    UNKNOWN = "unknown", _("Not known")


class ToolDecision(models.TextChoices):
    UNDECIDED = "undecided", _("Not reviewed")
    APPROVE = "approve", _("Approve")
    APPROVE_LISTED = "approve_listed", _("Approve for listed data")
    RESTRICT = "restrict", _("Restrict")
    REJECT = "reject", _("Reject")


class JobKind(models.TextChoices):
    AUDIT = "audit", _("Audit")
    REPORT = "report", _("Report")


class JobState(models.TextChoices):
    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Running")
    SUCCEEDED = "succeeded", _("Succeeded")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")
    EXPIRED = "expired", _("Expired")


ACTIVE_STATES = (JobState.QUEUED, JobState.RUNNING)


class FilePurpose(models.TextChoices):
    MODEL = "model", _("Model file")
    PREDICTIONS = "predictions", _("Predictions file")
    MEMBERS = "members", _("Records used for training")
    NONMEMBERS = "nonmembers", _("Held-out records")
    POPULATION = "population", _("Further records")
    UNIT_OUTPUT = "unit_output", _("Intermediate result")
    REPORT = "report", _("Report")


class Answer(models.TextChoices):
    UNANSWERED = "unanswered", _("Not answered")
    YES = "yes", _("Yes")
    PARTLY = "partly", _("Partly")
    NO = "no", _("No")
    NOT_APPLICABLE = "not_applicable", _("Not applicable")


class Effort(models.TextChoices):
    SMALL = "S", _("Under half a day")
    MEDIUM = "M", _("Some days")
    LARGE = "L", _("Some weeks")


class ReportState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    READY = "ready", _("Ready for review")
    SENT = "sent", _("Sent")
    SUPERSEDED = "superseded", _("Superseded")
