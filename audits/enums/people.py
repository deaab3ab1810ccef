"""Words of people: roles, log-ins, letters, tokens, refusals."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    MSP_ADMIN = "msp_admin", _("MSP administrator")
    TECHNICIAN = "technician", _("Technician")
    CLIENT_OWNER = "client_owner", _("Owner")
    CLIENT_CONTRIBUTOR = "client_contributor", _("Contributor")
    CLIENT_VIEWER = "client_viewer", _("Viewer")
    OPERATOR = "operator", _("Platform operator")

    @property
    def is_held_at_a_client(self) -> bool:
        """Whether the role belongs to one client, not to the provider."""
        return self in CLIENT_ROLES

    @property
    def duties(self) -> str:
        """What the role is for, in half a sentence."""
        return str(_DUTIES[self])


_DUTIES = {
    Role.MSP_ADMIN: _("opens every client, manages the team, its groups and the settings"),
    Role.TECHNICIAN: _("runs audits and reviews for the clients that are granted"),
    Role.CLIENT_OWNER: _("reads results and reports, answers the checklist, brings people in"),
    Role.CLIENT_CONTRIBUTOR: _(
        "answers the checklist with evidence and comments, sees the overview, nothing else"
    ),
    Role.CLIENT_VIEWER: _("reads results and reports, changes nothing"),
    Role.OPERATOR: _("looks at one client for a while and a reason, changes nothing"),
}
STAFF_ROLES = (Role.MSP_ADMIN, Role.TECHNICIAN)
CLIENT_ROLES = (Role.CLIENT_OWNER, Role.CLIENT_CONTRIBUTOR, Role.CLIENT_VIEWER)
# Whoever of a client's own people reads its results and reports.
READING_ROLES = (Role.CLIENT_OWNER, Role.CLIENT_VIEWER)
# What a membership can hold: nobody is made an operator of the platform by one.
MEMBER_ROLES = [(role.value, role.label) for role in (*STAFF_ROLES, *CLIENT_ROLES)]


class Hue(models.IntegerChoices):
    """The colours that tell clients and groups apart; `--hue-N` in the style sheets."""

    BLUE = 0, _("Blue")
    TEAL = 1, _("Teal")
    GREEN = 2, _("Green")
    OLIVE = 3, _("Olive")
    ORANGE = 4, _("Orange")
    ROSE = 5, _("Rose")
    PURPLE = 6, _("Purple")
    VIOLET = 7, _("Violet")


class Via(models.TextChoices):
    """How something that was logged came about."""

    WEB = "web", _("on a page")
    API = "api", _("through the API")
    JOB = "job", _("in background work")
    COMMAND = "command", _("by a command")


class SecondStep(models.TextChoices):
    """Whose second factor counts for people who come through single sign-on."""

    TOLD = "told", _("Ours, unless the company account says that it asked for one")
    OWN = "own", _("Always ours")
    TRUSTED = "trusted", _("The company account always asks for one")


class SignOnRefusal(models.TextChoices):
    """Why nobody was let in through single sign-on."""

    CANCELLED = "cancelled", _("You stopped at your company's log-in page, or it refused you.")
    STALE = "stale", _("This log-in was used already, took too long, or began in another browser.")
    UNREACHABLE = "unreachable", _("Your company's log-in service did not answer as it should.")
    UNTRUSTED = "untrusted", _("The answer of your company's log-in service cannot be trusted.")
    NO_ADDRESS = "no_address", _("Your company account tells us no usable e-mail address.")
    DOMAIN = "domain", _("E-mail addresses of this domain may not log in here.")
    UNVERIFIED = "unverified", _("Your company account does not say that the address is yours.")
    UNKNOWN = "unknown", _("Nobody invited this address here.")
    OTHER_IDENTITY = "other_identity", _("Your account here belongs to another company account.")


class MailKind(models.TextChoices):
    INVITATION = "invitation", _("Invitation")
    ACCOUNT = "account", _("About an account")
    REPORT = "report", _("A report")
    AUDIT = "audit", _("A planned audit")


class MailState(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Not sent")
    HANDED_OVER = "handed_over", _("Handed over by the operator")


class TokenScope(models.TextChoices):
    """What an API token may do; `rights.SCOPES` says which actions each one is."""

    READ = (
        "read",
        _("Read clients, models, datasets, AI tools, checklists and the course of audits"),
    )
    RESULTS = "results", _("Read whole results of audits, with every figure")
    START = "audits:start", _("Start audits")
    CANCEL = "audits:cancel", _("Cancel audits")


class TokenState(models.TextChoices):
    ACTIVE = "active", _("Active")
    ENDING = "ending", _("Ends soon")
    EXPIRED = "expired", _("Expired")
    REVOKED = "revoked", _("Revoked")


class Refusal(models.TextChoices):
    """Verbs of the log that say that somebody was kept out."""

    REFUSED = "refused", _("was refused")
    LOG_IN_FAILED = "log_in_failed", _("failed to log in")
    TOKEN_REFUSED = "token_refused", _("was not let in by an API token")
