"""Probes of the tenancy self-check: each pushes against one wall and says what gave way.

A probe returns what it saw; whatever it tried has been taken back by then.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from contextvars import Context

from django.utils.translation import gettext as _

from audits import tenancy
from audits.enums import ProbeState
from audits.models import Client
from audits.queries import isolation
from audits.queries import keys as file_keys
from audits.queries.isolation import Subjects
from audits.services import isolation_visit
from audits.tenancy import append_only, inspection, rls

Found = tuple[ProbeState, str]
Probe = Callable[[Subjects, dict[str, str]], Found]


def _judged(wrong: list[str], fine: str) -> Found:
    if wrong:
        return ProbeState.FAILED, ", ".join(wrong)
    return ProbeState.OK, fine


def _missing(text: str) -> Found:
    return ProbeState.NOT_APPLICABLE, text


def _alone() -> Found:
    return _missing(_("One client only: there is no other one to be kept from."))


def role(_subjects: Subjects, _kinds: dict[str, str]) -> Found:
    found = inspection.role()
    owned = [_("owns %(name)s") % {"name": name} for name in found.owns]
    fine = _("%(role)s is no superuser, owns nothing and bypasses nothing.")
    return _judged([*found.powers, *owned], fine % {"role": found.name})


def locked(_subjects: Subjects, kinds: dict[str, str]) -> Found:
    return _judged(inspection.open_tables(kinds), _("%(n)s tables.") % {"n": len(kinds)})


def rules(_subjects: Subjects, kinds: dict[str, str]) -> Found:
    return _judged(inspection.changed_policies(kinds), _("%(n)s tables.") % {"n": len(kinds)})


def listed(_subjects: Subjects, kinds: dict[str, str]) -> Found:
    known = {*kinds, *rls.GLOBAL_TABLES}
    return _judged(inspection.unlisted_tables(known), _("None found."))


def keys(_subjects: Subjects, kinds: dict[str, str]) -> Found:
    fine = _("Every key between tables of a client compares the client too.")
    return _judged(inspection.loose_keys(kinds), fine)


def code(_subjects: Subjects, _kinds: dict[str, str]) -> Found:
    models = isolation.walled_models()
    answered = []
    for model in models:
        for manager in (model._default_manager, model._base_manager):  # noqa: SLF001 - Django's documented model API
            try:
                Context().run(manager.count)
            except tenancy.ScopeError:
                continue
            answered.append(model.__name__)
    return _judged(answered, _("%(n)s kinds of rows.") % {"n": len(models)})


def unscoped(_subjects: Subjects, kinds: dict[str, str]) -> Found:
    inside = len(inspection.visible_rows(kinds))
    with tenancy.narrowed(provider_id=None, client_ids=()):
        seen = inspection.visible_rows(kinds)
    fine = _("Rows are in %(n)s tables; none of them was shown.")
    return _judged(sorted(seen), fine % {"n": inside})


def read(subjects: Subjects, kinds: dict[str, str]) -> Found:
    here = subjects.here
    if here is None or not subjects.neighbours:
        return _alone()
    there = inspection.foreign_rows(kinds, provider=here.provider_id, client=here.pk)
    with _inside(here):
        seen = inspection.foreign_rows(kinds, provider=here.provider_id, client=here.pk)
    fine = _("%(n)s tables hold rows of others; none of them was shown.")
    return _judged(sorted(seen), fine % {"n": len(there)})


def insert(subjects: Subjects, kinds: dict[str, str]) -> Found:
    here = subjects.here
    if here is None or not subjects.neighbours:
        return _alone()
    taken = set()
    with _inside(here):
        for other in subjects.neighbours:
            taken |= {*inspection.accepted(kinds, provider=other.provider_id, client=other.pk)}
    return _judged(sorted(taken), _("Refused by the database on %(n)s tables.") % {"n": len(kinds)})


def change(subjects: Subjects, kinds: dict[str, str]) -> Found:
    here = subjects.here
    if here is None or not subjects.neighbours:
        return _alone()
    there = inspection.foreign_rows(kinds, provider=here.provider_id, client=here.pk)
    with _inside(here):
        seen = inspection.foreign_rows(kinds, provider=here.provider_id, client=here.pk)
        touched = inspection.touched({**there, **seen})
    return _judged(touched, _("Tried on one row in each of %(n)s tables.") % {"n": len(there)})


def provider(subjects: Subjects, kinds: dict[str, str]) -> Found:
    here = subjects.here
    if here is None:
        return _missing(_("There is no client yet."))
    own = [client.pk for client in Client.objects.filter(provider_id=here.provider_id)]
    with tenancy.narrowed(provider_id=here.provider_id, client_ids=own, provider_rows=True):
        seen = inspection.rows_elsewhere(kinds, provider=here.provider_id)
    return _judged(sorted(seen), _("Looked for in %(n)s tables.") % {"n": len(kinds)})


def pages(subjects: Subjects, _kinds: dict[str, str]) -> Found:
    here = subjects.here
    if here is None or not subjects.neighbours:
        return _alone()
    with _inside(here), isolation_visit.visitor(here) as visit:
        if visit.own_page().status_code != isolation_visit.OPENED:
            return ProbeState.FAILED, _("The own page of the visitor did not open.")
        told = visit.tell_apart([other.slug for other in subjects.neighbours])
    fine = _("%(n)s addresses, asked as somebody of another client.")
    return _judged(told, fine % {"n": len(isolation_visit.addresses())})


def numbers(subjects: Subjects, kinds: dict[str, str]) -> Found:
    here = subjects.here
    if here is None or not subjects.neighbours:
        return _alone()
    there = inspection.foreign_rows(kinds, provider=here.provider_id, client=here.pk)
    if not set(there) & set(isolation_visit.ROW_PAGES.values()):
        return _missing(_("No other client has a model, dataset, audit or report yet."))
    with _inside(here), isolation_visit.visitor(here) as visit:
        told = visit.tell_rows_apart(there)
    return _judged(told, _("Asked for as somebody of the client itself."))


def caches(subjects: Subjects, _kinds: dict[str, str]) -> Found:
    here = subjects.here
    if here is None:
        return _missing(_("There is no client yet."))
    with _inside(here), isolation_visit.visitor(here) as visit:
        said = visit.own_page().get("Cache-Control", "")
    wrong = [] if {"no-store", "private"} <= set(said.split(", ")) else [said or _("nothing said")]
    return _judged(wrong, f"Cache-Control: {said}")


def files(subjects: Subjects, _kinds: dict[str, str]) -> Found:
    here = subjects.here
    if here is None or not subjects.neighbours:
        return _alone()
    with _inside(here):
        sealed = isolation.wrapped_key()
    if sealed is None:
        return _missing(_("The client has no file yet."))
    if not file_keys.opens_for(sealed, here):
        return ProbeState.FAILED, _("The key does not open for its own client.")
    opened = [
        _("opened for another client")
        for other in subjects.neighbours
        if file_keys.opens_for(sealed, other)
    ]
    return _judged(opened, _("It opens for the client itself alone."))


def log(_subjects: Subjects, _kinds: dict[str, str]) -> Found:
    fine = _("%(n)s tables: neither a right nor a trigger lets a line be changed.")
    return _judged(inspection.changeable(append_only.TABLES), fine % {"n": len(append_only.TABLES)})


def _inside(client: Client) -> AbstractContextManager[tenancy.Scope]:
    return tenancy.narrowed(provider_id=client.provider_id, client_ids=[client.pk])


PROBES: dict[str, Probe] = {
    probe.__name__: probe
    for probe in (
        role,
        locked,
        rules,
        listed,
        keys,
        code,
        unscoped,
        read,
        insert,
        change,
        provider,
        pages,
        numbers,
        caches,
        files,
        log,
    )
}
