"""The welcome of a new provider: five steps, each skippable, resumed where it was left."""

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from audits import access
from audits.models import Provider
from audits.queries import checklist
from audits.queries import welcome as queries
from audits.services import demo, set_up
from audits.services.errors import InvalidInput, NotPossible
from audits.web.forms import refusal
from audits.web.requests import FleetRequest
from audits.web.welcome_steps import STEPS


def _provider(request: FleetRequest) -> Provider:
    access.require(request.actor, "provider.edit")
    if request.actor.provider_id is None:
        raise Http404
    return queries.provider_of(request.actor.provider_id)


def _onward(provider: Provider, after: str | None = None) -> HttpResponse:
    welcome = queries.of_provider(provider)
    key = welcome.next_key(after) or welcome.next_key()
    return redirect("welcome_step", step=key) if key else redirect("fleet")


def start(request: FleetRequest) -> HttpResponseBase:
    """Go on where the welcome was left."""
    return _onward(_provider(request))


def step(request: FleetRequest, step: str) -> HttpResponseBase:
    """Show one step and take what it asks for."""
    provider = _provider(request)
    if step not in STEPS:
        raise Http404
    form = STEPS[step].build(provider, request.POST or None, request.FILES or None)
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            STEPS[step].save(request, provider, form)
        except InvalidInput as error:
            refusal.show(form, error)
        else:
            messages.success(request, _("Saved."))
            return _onward(provider, step)
    item = queries.next_question() if step == "checklist" else None
    context = {
        "form": form,
        "welcome": queries.of_provider(provider),
        "current": queries.of_provider(provider).step(step),
        "question": checklist.row_of(item) if item else None,
    }
    return render(request, "welcome/step.html", context)


@require_POST
def demo_client(request: FleetRequest) -> HttpResponseBase:
    """Begin with a client to try things on; its audit is queued at once."""
    provider = _provider(request)
    if request.POST.get("begin") != "demo":
        return redirect("welcome_step", step="client")
    try:
        made = demo.add_client(provider_id=provider.pk, actor=request.actor.user)
    except NotPossible as error:
        messages.info(request, str(error))
        return redirect("welcome_step", step="client")
    said = _("%(name)s is here, and its audit is on its way.")
    messages.success(request, said % {"name": made.name})
    return _onward(provider, "client")


@require_POST
def skip(request: FleetRequest, step: str) -> HttpResponseBase:
    """Put a step off."""
    provider = _provider(request)
    try:
        set_up.skip(provider=provider, step=step, steps=queries.STEPS)
    except NotPossible:
        raise Http404 from None
    return _onward(queries.provider_of(provider.pk), step)


@require_POST
def close(request: FleetRequest) -> HttpResponseBase:
    """Offer the welcome no longer."""
    set_up.close(provider=_provider(request), actor=request.actor.user)
    messages.success(request, _("The welcome is closed. Everything in it stays where it is."))
    return redirect("fleet")
