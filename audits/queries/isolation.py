"""The tables behind the third wall, whom the self-check pushes against, and what it found."""

from dataclasses import dataclass
from datetime import UTC

from django.apps import apps
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from audits.enums import ProbeState
from audits.models import (
    ApiToken,
    BreakGlass,
    Client,
    ClientKey,
    Grant,
    Invitation,
    IsolationCheck,
    Membership,
    Provider,
    ProviderModel,
    RatingPolicy,
    TenantModel,
)
from audits.models.scoped import ScopedModel
from audits.reports.isolation import Line, Statement

_KINDS: dict[type[models.Model], str] = {
    BreakGlass: "look",
    TenantModel: "tenant",
    ProviderModel: "house",
    Client: "client",
    Provider: "provider",
    Membership: "membership",
    Invitation: "invitation",
    RatingPolicy: "policy",
    Grant: "grant",
    ApiToken: "token",
}
# What each probe shows when it passes.
TITLES: dict[str, Promise] = {
    "role": _("The database role of the portal cannot pass by row-level security"),
    "locked": _("Row-level security is on, and forced, on every table of a client or provider"),
    "rules": _("Each of these tables has exactly the rules that the portal laid"),
    "listed": _("No other table says whose its rows are"),
    "keys": _("No row can point at a row of another client"),
    "code": _("A query outside a scope raises an error"),
    "unscoped": _("Outside a scope the database shows no row at all"),
    "read": _("Inside one client no row of another client can be read"),
    "insert": _("Inside one client no row for another client can be added"),
    "change": _("Inside one client no row of another client can be changed or deleted"),
    "provider": _("Inside one provider nothing of another provider can be read"),
    "pages": _("Every address of another client answers as if it did not exist"),
    "numbers": _("Rows of another client under the own address answer as if they did not exist"),
    "caches": _("Pages of a client forbid every cache to keep them"),
    "files": _("The key to the files of one client is of no use for another"),
    "log": _("Lines of the activity log can be added, and neither changed nor deleted"),
}


@dataclass(frozen=True, kw_only=True)
class Subjects:
    """Whose walls are tried: inside `here`, against a client next door and one further away."""

    here: Client | None
    sibling: Client | None
    stranger: Client | None

    @property
    def neighbours(self) -> list[Client]:
        return [client for client in (self.sibling, self.stranger) if client is not None]


PROVES = _(
    "What this proves: on that day, on this installation, the database itself refused to show or"
    " take rows across clients, whatever the program above it asks; a query without a client in"
    " view raised an error; and the addresses of the portal gave nothing away about another client."
)
LIMITS = _(
    "What it does not prove: that the machine, its administrator, backups and log-ins are safe,"
    " that people were given the right roles, or that nothing changed since. The database superuser"
    " and whoever holds the keys of the installation stand outside these walls."
)


def walled_models() -> list[type[ScopedModel]]:
    """Every model whose rows a scope shows or hides."""
    found = apps.get_app_config("audits").get_models()
    return [model for model in found if issubclass(model, ScopedModel)]


def tables() -> dict[str, str]:
    """Every table behind the third wall and its kind: a new model is in it by existing."""
    return {
        model._meta.db_table: next(kind for base, kind in _KINDS.items() if issubclass(model, base))  # noqa: SLF001 - Django's documented model API
        for model in walled_models()
    }


def subjects() -> Subjects:
    """Choose among the clients in scope; a provider with two of them goes first."""
    rows = list(Client.objects.order_by("pk"))
    pairs = ((one, two) for one in rows for two in rows if one.provider_id == two.provider_id)
    here, sibling = next((pair for pair in pairs if pair[0] != pair[1]), (None, None))
    if here is None and rows:
        here = rows[0]
    others = (row for row in rows if here is not None and row.provider_id != here.provider_id)
    return Subjects(here=here, sibling=sibling, stranger=next(others, None))


def wrapped_key() -> bytes | None:
    """The sealed file key of the client in scope, where it has one."""
    row = ClientKey.objects.first()
    return bytes(row.wrapped) if row is not None else None


def checks() -> models.QuerySet[IsolationCheck]:
    """Kept results of the provider in scope, newest first."""
    return IsolationCheck.objects.select_related("actor", "provider").order_by("-pk")


def sentence(passed: int, failed: int, day: str) -> str:
    """The result in one sentence, which goes before everything else."""
    if failed:
        return ngettext(
            "%(failed)s of %(all)s checks failed on %(day)s.",
            "%(failed)s of %(all)s checks failed on %(day)s.",
            failed,
        ) % {"failed": failed, "all": passed + failed, "day": day}
    return _now("All %(n)s checks passed on %(day)s.") % {"n": passed, "day": day}


def lines(probes: list[dict[str, str]]) -> tuple[Line, ...]:
    """The probes with their words; one that a later version dropped keeps its key."""
    return tuple(
        Line(
            key=probe["key"],
            title=str(TITLES.get(probe["key"], probe["key"])),
            state=probe["state"],
            word=str(ProbeState(probe["state"]).label),
            detail=probe["detail"],
        )
        for probe in probes
    )


def statement(check: IsolationCheck) -> Statement:
    """A kept result as a page and its files show it."""
    at = check.at.astimezone(UTC)
    states = [probe["state"] for probe in check.probes]
    return Statement(
        heading=_now("Isolation check"),
        sentence=sentence(
            states.count(ProbeState.OK), states.count(ProbeState.FAILED), f"{at:%-d %B %Y}"
        ),
        facts=(
            (_now("Provider"), check.provider.name),
            (_now("Checked"), f"{at:%Y-%m-%d %H:%M:%S} UTC"),
            (_now("By"), str(check.actor or _now("somebody who has left"))),
            (_now("Version"), check.version),
            (_now("Tables behind row-level security"), str(check.tables)),
        ),
        lines=lines(check.probes),
        passed=check.passed,
        proves=str(PROVES),
        limits=str(LIMITS),
    )
