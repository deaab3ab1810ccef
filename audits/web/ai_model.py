from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from audits import access
from audits.enums import ColumnList, Impact, VersionKind
from audits.models import AIModel
from audits.queries import ai_model as models
from audits.queries import (
    audit_schedule,
    authorisation,
    charts,
    export_script,
    listings,
    narrowed,
    part_listings,
    words,
)
from audits.services import ai_model as service
from audits.services.errors import InvalidInput
from audits.web import list_bulk, list_columns, list_files, narrowing, note
from audits.web.forms import refusal
from audits.web.forms.ai_model import AIModelForm, ModelVersionForm
from audits.web.forms.list_bulk import ModelsForm
from audits.web.list_files import Listed
from audits.web.listing import file_of
from audits.web.requests import ClientRequest
from audits.web.uploads import stream_of


def listing(request: ClientRequest, slug: str) -> HttpResponseBase:
    access.require(request.actor, "model.view", request.client)
    bulk = list_bulk.bar(request, ModelsForm)
    if (done := list_bulk.answer(request, bulk, _listed)) is not None:
        return done
    found = narrowing.of_page(request, narrowed.MODELS, _listed(request).rows)
    context = list_columns.context(request, ColumnList.MODELS, found)
    return render(request, "ai_model/list.html", context | {"bulk": bulk})


def _listed(request: ClientRequest) -> Listed:
    return Listed(
        name=ColumnList.MODELS.value,
        listing=listings.MODELS,
        read=lambda: models.register(request.client),
        for_staff=access.may(request.actor, "technical.view", request.client),
    )


def chosen(request: ClientRequest) -> Listed:
    """What the address chooses of the list."""
    return list_files.chosen(request, _listed(request))


def file(request: ClientRequest, slug: str, ending: str) -> HttpResponse:
    """The same as a download."""
    access.require(request.actor, "model.view", request.client)
    return list_files.table(request, chosen(request), ending)


def versions_file(request: ClientRequest, slug: str, pk: int, ending: str) -> HttpResponse:
    """The versions of a model as a download, for whom the page has their files."""
    rows = models.of_client(request.client)
    model = access.open_row(request.actor, rows, pk, action="model.view")
    access.require(request.actor, "technical.view", request.client)
    listing, versions = part_listings.MODEL_VERSIONS, models.versions(model)
    return file_of(listing, versions, of=f"{pk}-{slug}", ending=ending, for_staff=True)


def create(request: ClientRequest, slug: str) -> HttpResponseBase:
    access.require(request.actor, "model.edit", request.client)
    form = AIModelForm(request.POST or None, client=request.client)
    if request.method == "POST" and form.is_valid():
        made = service.register(
            client=request.client, actor=request.actor.user, values=form.cleaned_data
        )
        messages.success(request, _("%(name)s is registered.") % {"name": made.name})
        return redirect("model_upload", slug=slug, pk=made.pk)
    return render(request, "ai_model/form.html", {"form": form})


def detail(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    rows = models.of_client(request.client)
    model = access.open_row(request.actor, rows, pk, action="model.view")
    risk, audits = models.risk_of(model), models.audits(model)
    context = {
        "model": model,
        "risk": risk,
        "policies": words.policies(risk.rating),
        "over_time": charts.rating_over_time(models.history(model), risk.badge),
        "versions": models.versions(model),
        "last": models.last_result(risk, audits),
        "authorisation": authorisation.current(model),
        "planned": audit_schedule.of_model(model),
    }
    if not access.may(request.actor, "technical.view", request.client):
        told = {"why": words.why(risk.rating), "sensitivity": Impact(model.impact).plain}
        return render(request, "ai_model/owner.html", context | told)
    context |= {
        "notes": note.card(request, model),
        "trace": words.trace_sentences(risk.rating),
        "proposing": models.proposed_impact(model),
        "audits": audits,
        "privacy": words.privacy(model),
    }
    return render(request, "ai_model/detail.html", context)


def edit(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    rows = models.of_client(request.client)
    model = access.open_row(request.actor, rows, pk, action="model.edit")
    form = AIModelForm(request.POST or None, instance=model, client=request.client)
    if request.method == "POST" and form.is_valid():
        try:
            service.edit(model=model, actor=request.actor.user, values=form.cleaned_data)
        except InvalidInput as error:  # somebody else changed the status meanwhile
            refusal.show(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("model", slug=slug, pk=pk)
    return render(request, "ai_model/form.html", {"form": form, "model": model})


def _opened(request: ClientRequest, pk: int) -> AIModel:
    rows = models.of_client(request.client)
    return access.open_row(request.actor, rows, pk, action="model.edit")


def upload(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    """Add a version: a model file or a predictions file."""
    model = _opened(request, pk)
    form = ModelVersionForm(request.POST or None, request.FILES or None, client=request.client)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            version = service.add_version(
                model=model,
                actor=request.actor.user,
                kind=VersionKind(given["kind"]),
                upload=stream_of(given["file"]),
                original_name=given["file"].name,
                note=given["note"],
                subgroups=given["subgroups"],
                trained_on=given["trained_on"],
                retain_until=given["retain_until"],
            )
        except InvalidInput as error:
            refusal.show(form, error)
        else:
            messages.success(request, _("Version %(n)s is stored.") % {"n": version.number})
            return redirect("model", slug=slug, pk=pk)
    context = {"form": form, "model": model}
    context["script_helps"] = form.has_error("file", service.OTHER_FORMAT)
    return render(request, "ai_model/upload.html", context)


def script(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    """The ten lines to run at home, where the model can be opened by those who made it."""
    model = _opened(request, pk)
    return render(
        request, "ai_model/script.html", {"model": model, "scripts": export_script.of(model)}
    )
