from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from audits import access
from audits.enums import ColumnList
from audits.queries import dataset as datasets
from audits.queries import dataset_intake as intake
from audits.queries import listings, narrowed
from audits.services import dataset as service
from audits.services.errors import InvalidInput, NotPossible
from audits.web import list_bulk, list_columns, list_files, narrowing, note
from audits.web.forms import refusal
from audits.web.forms.dataset import DatasetForm, DatasetVersionForm
from audits.web.forms.list_bulk import DatasetsForm
from audits.web.list_files import Listed
from audits.web.listing import file_of
from audits.web.requests import ClientRequest


def register(request: ClientRequest, slug: str) -> HttpResponseBase:
    access.require(request.actor, "dataset.view", request.client)
    bulk = list_bulk.bar(request, DatasetsForm)
    if (done := list_bulk.answer(request, bulk, _listed)) is not None:
        return done
    found = narrowing.of_page(request, narrowed.DATASETS, _listed(request).rows)
    context = list_columns.context(request, ColumnList.DATASETS, found)
    return render(request, "dataset/list.html", context | {"bulk": bulk})


def _listed(request: ClientRequest) -> Listed:
    return Listed(
        name=ColumnList.DATASETS.value,
        listing=listings.DATASETS,
        read=lambda: datasets.register(request.client),
        for_staff=access.may(request.actor, "technical.view", request.client),
    )


def chosen(request: ClientRequest) -> Listed:
    """What the address chooses of the list."""
    return list_files.chosen(request, _listed(request))


def file(request: ClientRequest, slug: str, ending: str) -> HttpResponse:
    """The list as a download."""
    access.require(request.actor, "dataset.view", request.client)
    return list_files.table(request, chosen(request), ending)


def create(request: ClientRequest, slug: str) -> HttpResponseBase:
    access.require(request.actor, "dataset.edit", request.client)
    form = DatasetForm(request.POST or None, client=request.client)
    if request.method == "POST" and form.is_valid():
        made = service.register(
            client=request.client, actor=request.actor.user, values=form.cleaned_data
        )
        messages.success(request, _("%(name)s is registered.") % {"name": made.name})
        return redirect("dataset_upload", slug=slug, pk=made.pk)
    return render(request, "dataset/form.html", {"form": form})


def detail(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    rows = datasets.of_client(request.client)
    dataset = access.open_row(request.actor, rows, pk, action="dataset.view")
    versions, permissions = datasets.versions(dataset), datasets.permissions(dataset)
    context = {
        "dataset": dataset,
        "notes": note.card(request, dataset),
        "versions": versions,
        "uses": datasets.uses(dataset),
        "intake": intake.intake_of(dataset, versions, permissions),
    }
    return render(request, "dataset/detail.html", context)


def versions_file(request: ClientRequest, slug: str, pk: int, ending: str) -> HttpResponse:
    """The versions of a dataset as a download."""
    rows = datasets.of_client(request.client)
    dataset = access.open_row(request.actor, rows, pk, action="dataset.view")
    listing, versions = listings.DATASET_VERSIONS, datasets.versions(dataset)
    return file_of(listing, versions, of=f"{pk}-{slug}", ending=ending, for_staff=False)


def edit(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    rows = datasets.of_client(request.client)
    dataset = access.open_row(request.actor, rows, pk, action="dataset.edit")
    form = DatasetForm(request.POST or None, instance=dataset, client=request.client)
    if request.method == "POST" and form.is_valid():
        try:
            service.edit(dataset=dataset, actor=request.actor.user, values=form.cleaned_data)
        except NotPossible as error:  # somebody decided meanwhile
            refusal.show(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("dataset", slug=slug, pk=pk)
    return render(request, "dataset/form.html", {"form": form, "dataset": dataset})


def upload(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    """Add a version: the records used for training and comparable ones held out."""
    rows = datasets.of_client(request.client)
    dataset = access.open_row(request.actor, rows, pk, action="dataset.edit")
    form = DatasetVersionForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            version = service.add_version(
                dataset=dataset,
                actor=request.actor.user,
                uploads=form.uploads(),
                layout=form.reading(),
            )
        except InvalidInput as error:
            refusal.show(form, error)
        else:
            messages.success(request, _("Version %(n)s is stored.") % {"n": version.number})
            return redirect("dataset", slug=slug, pk=pk)
    return render(request, "dataset/upload.html", {"form": form, "dataset": dataset})
