"""Which role may do what, and who stands above whom: the tables that the doors read.

And what a closed door answers.
"""

from django.http import Http404

from audits.enums import STAFF_ROLES, Role, TokenScope

_STAFF = frozenset(STAFF_ROLES)
_ADMIN = frozenset({Role.MSP_ADMIN})
_EVERYONE = frozenset(Role)
_READING = _EVERYONE - {Role.CLIENT_CONTRIBUTOR}
_DECIDING = _STAFF | {Role.CLIENT_OWNER}
_OPERATOR = frozenset({Role.OPERATOR})

# Who may do what. An action on a client's object is decided by the role held at that client.
ACTIONS: dict[str, frozenset[Role]] = {
    "fleet.view": _STAFF,
    "provider.edit": _ADMIN,
    "demo.remove": _ADMIN,
    "demo.remove_all": _OPERATOR,
    "isolation.check": _ADMIN,
    "provider.log": _ADMIN,
    "client.create": _STAFF,
    "client.view": _EVERYONE,
    "client.edit": _STAFF,
    "client.preview": _STAFF,
    "client.space": _ADMIN,
    "columns.choose": _STAFF,
    "note.view": _STAFF,
    "note.write": _STAFF,
    "model.view": _READING,
    "model.edit": _STAFF,
    "model.delete": _STAFF,
    "dataset.view": _READING,
    "dataset.edit": _STAFF,
    "dataset.delete": _STAFF,
    "tool.view": _READING,
    "tool.report": _DECIDING,
    "tool.edit": _STAFF,
    "tool.decide": _STAFF,
    "portfolio.view": _STAFF,
    "portfolio.make": _STAFF,
    "vendor.view": _STAFF,
    "vendor.edit": _STAFF,
    "audit.view": _READING,
    "audit.start": _STAFF,
    "audit.authorise": _DECIDING,
    "audit.cancel": _STAFF,
    "audit.acknowledge": _STAFF,
    "technical.view": _STAFF | _OPERATOR,
    "checklist.view": _EVERYONE,
    "checklist.answer": _DECIDING | {Role.CLIENT_CONTRIBUTOR},
    "checklist.comment": _DECIDING | {Role.CLIENT_CONTRIBUTOR},
    "checklist.manage": _DECIDING,
    "checklist.confirm": _DECIDING,
    "evidence.view": _DECIDING | {Role.CLIENT_CONTRIBUTOR},
    "evidence.add": _DECIDING | {Role.CLIENT_CONTRIBUTOR},
    "evidence.remove": _DECIDING,
    "plan.view": _READING,
    "decision.make": _DECIDING,
    "catalogue.adopt": _STAFF,
    "report.view": _READING,
    "report.create": _DECIDING,
    "report.download": _READING,
    "report.prepare": _STAFF,
    "report.send": _STAFF,
    "people.manage": _DECIDING,
    "activity.view": _DECIDING | _OPERATOR,
    "platform.open": _OPERATOR,
    "owner.remove_last": _STAFF,
    "team.manage": _ADMIN,
    "group.manage": _ADMIN,
    "sessions.end": _ADMIN,
    "factor.reset": _ADMIN,
    "sign_on.manage": _ADMIN,
    "token.create": _EVERYONE - _OPERATOR,
    "token.revoke": _ADMIN,
}
# About the provider's clients together: whoever was given no client has no part in it.
WITH_A_CLIENT = frozenset({"vendor.view", "vendor.edit", "portfolio.view", "portfolio.make"})
# About the person who asks, so that a role held anywhere is enough.
PERSONAL = frozenset({"token.create"})
# What a person may do to an API token of their own.
OF_THE_HOLDER = frozenset({"token.revoke"})
# What a token of each scope may be used for, as far as its person may do it.
SCOPES: dict[TokenScope, frozenset[str]] = {
    TokenScope.READ: frozenset(
        {
            "client.view",
            "model.view",
            "dataset.view",
            "tool.view",
            "audit.view",
            "checklist.view",
        }
    ),
    TokenScope.RESULTS: frozenset({"technical.view"}),
    TokenScope.START: frozenset({"audit.start"}),
    TokenScope.CANCEL: frozenset({"audit.cancel"}),
}
# Nobody hands out or takes away a role above the own one.
RANKS: dict[Role, int] = {
    Role.MSP_ADMIN: 4,
    Role.TECHNICIAN: 3,
    Role.CLIENT_OWNER: 2,
    Role.CLIENT_CONTRIBUTOR: 1,
    Role.CLIENT_VIEWER: 1,
}


class Refused(Http404):
    """Somebody reached for what is not there or not theirs: a 404 like any other, and logged."""

    def __init__(self, *, action: str = "", kind: str = "", pk: int = 0) -> None:
        super().__init__()
        self.action = action
        self.kind = kind
        self.pk = pk
