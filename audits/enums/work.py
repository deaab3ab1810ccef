"""Words of what is done: jobs, files, answers, decisions, reports."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class JobKind(models.TextChoices):
    AUDIT = "audit", _("Audit")
    REPORT = "report", _("Report")


class ProviderJobKind(models.TextChoices):
    """Work for a provider itself: about several of its clients, and for its staff alone."""

    PORTFOLIO = "portfolio", _("Portfolio report")


class JobState(models.TextChoices):
    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Running")
    SUCCEEDED = "succeeded", _("Succeeded")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")
    EXPIRED = "expired", _("Expired")


class StartedBy(models.TextChoices):
    """How somebody asked for a job."""

    WEB = "web", _("in the portal")
    API = "api", _("over the API")
    SCHEDULE = "schedule", _("by a schedule")
    DEMO = "demo", _("with the demo")


class AuditRhythm(models.TextChoices):
    """How often a schedule measures its model."""

    MONTHLY = "monthly", _("Every month")
    QUARTERLY = "quarterly", _("Every three months")
    HALF_YEARLY = "half_yearly", _("Every six months")
    YEARLY = "yearly", _("Every year")

    @property
    def months(self) -> int:
        return _MONTHS_BETWEEN[self.value]


_MONTHS_BETWEEN = {"monthly": 1, "quarterly": 3, "half_yearly": 6, "yearly": 12}
ACTIVE_STATES = (JobState.QUEUED, JobState.RUNNING)


class FilePurpose(models.TextChoices):
    MODEL = "model", _("Model file")
    PREDICTIONS = "predictions", _("Predictions file")
    MEMBERS = "members", _("Records used for training")
    NONMEMBERS = "nonmembers", _("Held-out records")
    POPULATION = "population", _("Further records")
    UNIT_OUTPUT = "unit_output", _("Intermediate result")
    REPORT = "report", _("Report")
    EVIDENCE = "evidence", _("Evidence")
    PERMISSION = "permission", _("Permission")


class Answer(models.TextChoices):
    UNANSWERED = "unanswered", _("Not answered")
    YES = "yes", _("Yes")
    PARTLY = "partly", _("Partly")
    NO = "no", _("No")
    NOT_APPLICABLE = "not_applicable", _("Not applicable")


class WorkStatus(models.TextChoices):
    """How far the work on a control is; what is in place is its answer, which stands apart."""

    TO_DO = "to_do", _("To do")
    IN_PROGRESS = "in_progress", _("In progress")
    IN_REVIEW = "in_review", _("In review")
    DONE = "done", _("Done")


class Section(models.TextChoices):
    """What a control is about; the keys are those of the catalogue."""

    RULES = "rules", _("Rules and people")
    DATA = "data", _("Data")
    TRAINING = "training", _("Training and models")
    ACCESS = "access", _("Who can ask the model")
    TESTING = "testing", _("Testing and watching")
    TOOLS = "tools", _("AI tools of others")
    CLIENTS = "clients", _("Across clients")


class StarterSet(models.TextChoices):
    """A few controls to begin with; the keys are those of the catalogue."""

    WEEK_ONE = "week_one", _("Week one")
    TRAINS = "trains", _("You train models")
    PROVIDER = "provider", _("For the provider")
    RED_AUDIT = "red_audit", _("After a red audit")


class EvidenceKind(models.TextChoices):
    FILE = "file", _("File")
    LINK = "link", _("Link")
    NOTE = "note", _("Note")


class Treatment(models.TextChoices):
    """What was decided about an open action."""

    ACCEPT = "accept", _("Accept")
    FIX = "fix", _("Fix")
    AVOID = "avoid", _("Avoid")
    TRANSFER = "transfer", _("Transfer")


# Decided otherwise than by doing it: nothing is due any more, and nothing is in place.
NOT_TO_BE_DONE = (Treatment.ACCEPT, Treatment.AVOID, Treatment.TRANSFER)


class Effort(models.TextChoices):
    SMALL = "S", _("Under half a day")
    MEDIUM = "M", _("Some days")
    LARGE = "L", _("Some weeks")


class SealVerdict(models.TextChoices):
    """What can be said of a PDF, or of a code, that somebody holds."""

    GENUINE = "genuine", _("Genuine")
    SUPERSEDED = "superseded", _("Genuine, superseded")
    ALTERED = "altered", _("Altered")
    ISSUED = "issued", _("Code issued here")
    UNKNOWN = "unknown", _("Not from here")

    @property
    def meaning(self) -> str:
        return str(_SEAL_MEANINGS[self.value])


_SEAL_MEANINGS = {
    "genuine": _("This file is exactly as this portal issued it."),
    "superseded": _(
        "This file is exactly as this portal issued it, and a newer report on the same subject"
        " has taken its place. Ask for that one."
    ),
    "altered": _(
        "This file carries the code of a report from this portal, and is not the file that was"
        " issued: something in it was changed. Ask for the original."
    ),
    "issued": _(
        "A report with this code was issued here, and no newer report has taken its place. To see"
        " whether your file was changed, choose the PDF."
    ),
    "unknown": _(
        "This portal knows no such report. The code was mistyped, the report was issued elsewhere,"
        " or so much was changed that nothing shows where it came from."
    ),
}


class ProbeState(models.TextChoices):
    OK = "ok", _("OK")
    FAILED = "failed", _("Failed")
    NOT_APPLICABLE = "not_applicable", _("Not applicable")


class SignKind(models.TextChoices):
    """Of what the installation keeps the last sign of life."""

    WORKER = "worker", _("Worker")
    BEAT = "beat", _("Beat")
    BACKUP = "backup", _("Backup")


class HealthState(models.TextChoices):
    """How a part of the installation is."""

    OK = "ok", _("In order")
    WATCH = "watch", _("Needs a look")
    BAD = "bad", _("Out of order")
