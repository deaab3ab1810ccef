"""Who may see which rows: the scope, the fail-closed manager and the row-level security they set.

Three walls stand one behind the other. (a) The URL names the client and the membership decides.
(b) The manager filters by the current scope and raises outside one. (c) PostgreSQL compares every
row with the scope that the transaction announced, and the role `mia_app` cannot bypass it.
"""

from audits.tenancy.managers import TenantManager, TenantQuerySet
from audits.tenancy.scopes import (
    Scope,
    ScopeError,
    clients_looked_after,
    current_scope,
    enter_new_client,
    narrowed,
    new_provider_scope,
    scope,
    system_scope,
)
from audits.tenancy.waiting import jobs_before

__all__ = [
    "Scope",
    "ScopeError",
    "TenantManager",
    "TenantQuerySet",
    "clients_looked_after",
    "current_scope",
    "enter_new_client",
    "jobs_before",
    "narrowed",
    "new_provider_scope",
    "scope",
    "system_scope",
]
