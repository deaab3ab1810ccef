"""How a person sets up the fleet page: columns, views with a name, and what was shown last."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from audits import access
from audits.enums import FleetColumn
from audits.models import FleetView
from audits.queries import fleet, fleet_views
from audits.services import fleet_view as service
from audits.services.errors import InvalidInput, NotPossible
from audits.web.forms import refusal
from audits.web.forms.fleet_views import QueryField, RenameForm, TableForm, ViewForm
from audits.web.requests import FleetRequest


@require_POST
def table(request: FleetRequest) -> HttpResponseBase:
    """Keep the columns and the length of a page, and show the fleet with them."""
    access.require(request.actor, "fleet.view")
    form = TableForm(request.POST or None)
    if not form.is_valid():
        return render(request, "fleet/columns.html", {"table_form": form}, status=422)
    given = form.cleaned_data
    service.set_table(
        actor=request.actor,
        provider_id=access.provider_of(request.actor),
        columns=[FleetColumn(name) for name in given["columns"]],
        size=given["size"],
    )
    return redirect(_fleet(given["query"]))


def register(request: FleetRequest) -> HttpResponseBase:
    """The person's views; what the fleet shows is kept under a name."""
    access.require(request.actor, "fleet.view")
    form = ViewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        provider_id = access.provider_of(request.actor)
        try:
            made = service.keep(actor=request.actor, provider_id=provider_id, **form.cleaned_data)
        except (InvalidInput, NotPossible) as error:
            refusal.show(form, error)
        else:
            messages.success(request, _("The view “%(name)s” is kept.") % {"name": made.name})
            return redirect(_fleet(made.query))
    return _listed(request, form=form)


@require_POST
def rename(request: FleetRequest, pk: int) -> HttpResponseBase:
    view = _opened(request, pk)
    form = RenameForm(request.POST or None)
    if form.is_valid():
        try:
            service.rename(view=view, name=form.cleaned_data["name"])
        except InvalidInput as error:
            refusal.show(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("fleet_views")
    return _listed(request, wrong={pk: form})


@require_POST
def delete(request: FleetRequest, pk: int) -> HttpResponseBase:
    view = _opened(request, pk)
    service.delete(view=view)
    messages.success(request, _("The view %(name)s is gone.") % {"name": view.name})
    return redirect("fleet_views")


def remembered(request: FleetRequest, last: str) -> HttpResponseBase | None:
    """Lead who comes without a wish to what they looked at last; keep what is wished for.

    A look at what is so for a while, and at the reasons of one client, is no such wish.
    """
    if request.method != "GET":
        return None
    if not request.GET:
        last = _lasting(last)
        return redirect(_fleet(last)) if last else None
    if "why" in request.GET or request.GET.get("show") in fleet.PASSING:
        return None
    try:
        query = QueryField().clean(request.GET.urlencode())
    except ValidationError:
        return None
    if query != last:
        provider_id = access.provider_of(request.actor)
        service.remember(actor=request.actor, provider_id=provider_id, query=query)
    return None


def _lasting(query: str) -> str:
    """What was looked at without what was so for a while: older versions kept that as well."""
    kept = QueryDict(query, mutable=True)
    if kept.get("show") in fleet.PASSING:
        del kept["show"]
    return kept.urlencode()


def _fleet(query: str) -> str:
    """The fleet by an address; one that wishes for nothing says so, or else the last one shows."""
    return f"{reverse('fleet')}?{query or 'show='}"


def _opened(request: FleetRequest, pk: int) -> FleetView:
    rows = fleet_views.views_of(request.actor.user)
    return access.open_row(request.actor, rows, pk, action="fleet.view")


def _listed(
    request: FleetRequest,
    *,
    form: ViewForm | None = None,
    wrong: dict[int, RenameForm] | None = None,
) -> HttpResponse:
    """Every view with a field for its name, as far as it was typed."""
    rows = [
        (view, (wrong or {}).get(view.pk) or RenameForm(initial={"name": view.name}))
        for view in fleet_views.views_of(request.actor.user)
    ]
    return render(request, "fleet/views.html", {"rows": rows, "form": form})
