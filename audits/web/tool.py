from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from audits import access
from audits.queries import tool as tools
from audits.services import tool as service
from audits.web.forms.tool import AIToolForm
from audits.web.requests import ClientRequest


def register(request: ClientRequest, slug: str) -> HttpResponseBase:
    access.require(request.actor, "client.view", request.client)
    context = {"tools": tools.of_client(request.client), "today": timezone.localdate()}
    return render(request, "tool/list.html", context)


def create(request: ClientRequest, slug: str) -> HttpResponseBase:
    access.require(request.actor, "tool.edit", request.client)
    form = AIToolForm(request.POST or None, client=request.client)
    if request.method == "POST" and form.is_valid():
        made = service.save(
            client=request.client, actor=request.actor.user, tool=None, values=form.cleaned_data
        )
        messages.success(request, _("%(name)s is on the list.") % {"name": made.name})
        return redirect("tools", slug=slug)
    return render(request, "tool/form.html", {"form": form})


def edit(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    rows = tools.of_client(request.client)
    tool = access.open_row(request.actor, rows, pk, action="tool.edit")
    form = AIToolForm(request.POST or None, instance=tool, client=request.client)
    if request.method == "POST" and form.is_valid():
        service.save(
            client=request.client, actor=request.actor.user, tool=tool, values=form.cleaned_data
        )
        messages.success(request, _("Saved."))
        return redirect("tools", slug=slug)
    return render(request, "tool/form.html", {"form": form, "tool": tool})
