"""Lists that a person can set up, and the columns of each."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class FleetColumn(models.TextChoices):
    """What the fleet can show of a client, beside its name."""

    RISK = "risk", _("Rating")
    TREND = "trend", _("Within 90 days")
    MODELS = "models", _("Models")
    TOOLS = "tools", _("AI tools")
    AUDIT = "audit", _("Last audit")
    CHECKLIST = "checklist", _("Checklist")
    ACTIONS = "actions", _("Open actions")
    LEAD = "lead", _("Looked after by")
    REPORT = "report", _("Last report")
    GROUPS = "groups", _("Groups")

    @property
    def is_number(self) -> bool:
        """Whether what stands in it is counted: such cells stand on the right."""
        return self in _COUNTED


_COUNTED = frozenset(
    {FleetColumn.MODELS, FleetColumn.TOOLS, FleetColumn.CHECKLIST, FleetColumn.ACTIONS}
)


class ModelColumn(models.TextChoices):
    """What the list of models can show, beside the name."""

    RATING = "rating", _("Rating")
    STATUS = "status", _("Status")
    DATA = "data", _("Sensitivity")
    AUDIT = "audit", _("Last audit")
    REACH = "reach", _("Who can reach it")
    OWNER = "owner", _("Owner")
    REVIEW = "review", _("Next review")


class AuditColumn(models.TextChoices):
    """What the list of audits can show, beside the model."""

    RESULT = "result", _("Result")
    RATING = "rating", _("Rating then")
    RECORDS = "records", _("Records")
    DEPTH = "depth", _("Depth")
    ASKED = "asked", _("Asked for")


class ToolColumn(models.TextChoices):
    """What the list of AI tools can show, beside the name."""

    DATA = "data", _("Data that goes in")
    TRAINS = "trains", _("Does the vendor train on it?")
    USERS = "users", _("Users")
    DECISION = "decision", _("Decision")
    REVIEW = "review", _("Next review")


class DatasetColumn(models.TextChoices):
    """What the list of datasets can show, beside the name."""

    KIND = "kind", _("Kind of data")
    IMPACT = "impact", _("Sensitivity")
    TRAINING = "training", _("Used for training")
    HELD_OUT = "held_out", _("Held out")
    UPLOADED = "uploaded", _("Uploaded")


class ReportColumn(models.TextChoices):
    """What the archive of reports can show, beside the report and what it is about."""

    RATING = "rating", _("Rating in it")
    STATE = "state", _("State")
    MADE = "made", _("Made")
    PDF = "pdf", _("PDF")


class PlanColumn(models.TextChoices):
    """What an action plan can show, beside the action and whose it is."""

    PRIORITY = "priority", _("Priority")
    ANSWER = "answer", _("Answer")
    OWNER = "owner", _("Owner")
    DUE = "due", _("Due")
    DECISION = "decision", _("Decision")


class SheetColumn(models.TextChoices):
    """What the list of fact sheets can show, beside the tool and its vendor."""

    DATA = "data", _("Most sensitive data")
    TRAINS = "trains", _("Does the vendor train on it?")
    CLIENTS = "clients", _("Clients")
    USERS = "users", _("Users")
    DECISION = "decision", _("Usual decision")
    STATE = "state", _("Review")
    REVIEW = "review", _("Next review")


class ReportedColumn(models.TextChoices):
    """What the list of tools without a fact sheet can show, beside the tool and its client."""

    DATA = "data", _("Data that goes in")
    USERS = "users", _("Users")
    ASKED = "asked", _("Reported")
    STEP = "step", _("Step")


class PortfolioColumn(models.TextChoices):
    """What the archive of portfolio reports can show, beside the report."""

    CLIENTS = "clients", _("Clients in it")
    MADE = "made", _("Made")
    PDF = "pdf", _("PDF")


class TeamColumn(models.TextChoices):
    """What the list of the provider's own people can show, beside the person."""

    ROLE = "role", _("Role")
    OPENS = "opens", _("Opens")
    FACTOR = "factor", _("Second factor")
    SEEN = "seen", _("Last seen")


class PersonColumn(models.TextChoices):
    """What the list of a client's people can show, beside the person."""

    ROLE = "role", _("Role")
    SEEN = "seen", _("Last seen")


class ChecklistColumn(models.TextChoices):
    """What the checklist can show, beside the question."""

    ANSWER = "answer", _("Answer")
    STATUS = "status", _("Status")
    OWNER = "owner", _("Owner")
    DUE = "due", _("Due")


class ColumnList(models.TextChoices):
    """Lists that a person can set up, by the name of their page: of one client, or of a house."""

    FLEET = "fleet", _("Clients")
    MODELS = "models", _("Models")
    AUDITS = "audits", _("Audits")
    TOOLS = "tools", _("AI tools")
    DATASETS = "datasets", _("Datasets")
    REPORTS = "reports", _("Reports")
    PLAN = "plan", _("Action plan")
    PLANS = "plans", _("Action plan of all clients")
    VENDORS = "vendors", _("Fact sheets")
    VENDORS_REPORTED = "vendors_reported", _("AI tools without a fact sheet")
    PORTFOLIOS = "portfolios", _("Portfolio reports")
    TEAM = "team", _("Team")
    PEOPLE = "people", _("People")
    CHECKLIST = "checklist", _("Checklist")

    @property
    def is_of_everyone(self) -> bool:
        """Whether it is of all clients together: its page has an address without a client."""
        return self in _OF_EVERYONE

    @property
    def is_whole(self) -> bool:
        """Whether its page shows every row at once, in sections of its own."""
        return self is ColumnList.CHECKLIST


_OF_EVERYONE = frozenset(
    {
        ColumnList.FLEET,
        ColumnList.PLANS,
        ColumnList.VENDORS,
        ColumnList.VENDORS_REPORTED,
        ColumnList.PORTFOLIOS,
        ColumnList.TEAM,
    }
)

# What can be left out of each.
COLUMNS_OF: dict[ColumnList, type[models.TextChoices]] = {
    ColumnList.FLEET: FleetColumn,
    ColumnList.MODELS: ModelColumn,
    ColumnList.AUDITS: AuditColumn,
    ColumnList.TOOLS: ToolColumn,
    ColumnList.DATASETS: DatasetColumn,
    ColumnList.REPORTS: ReportColumn,
    ColumnList.PLAN: PlanColumn,
    ColumnList.PLANS: PlanColumn,
    ColumnList.VENDORS: SheetColumn,
    ColumnList.VENDORS_REPORTED: ReportedColumn,
    ColumnList.PORTFOLIOS: PortfolioColumn,
    ColumnList.TEAM: TeamColumn,
    ColumnList.PEOPLE: PersonColumn,
    ColumnList.CHECKLIST: ChecklistColumn,
}
