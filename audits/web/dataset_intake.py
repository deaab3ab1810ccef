"""From raw records to an entry that is whole: columns, sensitivity, split, permission, last day."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from audits import access
from audits.enums import FilePurpose
from audits.queries import dataset as datasets
from audits.queries import dataset_intake as intake
from audits.queries import listings
from audits.queries import retention as retained
from audits.services import dataset_review, dataset_split, retention
from audits.services.dataset import SIDES
from audits.services.errors import InvalidInput, NotPossible
from audits.web.downloads import UNREAD, handed_out
from audits.web.forms import refusal
from audits.web.forms.dataset_intake import (
    ColumnKindsForm,
    PermissionForm,
    RetentionForm,
    SensitivityForm,
    SplitForm,
)
from audits.web.listing import file_of
from audits.web.reauthentication import confirmation
from audits.web.requests import ClientRequest

_KINDS = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}


def version(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    """One uploaded state: its profile, its digests, and its files where they were drawn here."""
    rows = datasets.versions_of_client(request.client)
    row = access.open_row(request.actor, rows, pk, action="dataset.view")
    context = {"version": row, "dataset": row.dataset, "profile": intake.profile_of(row)}
    return render(request, "dataset/version.html", context)


def columns_file(request: ClientRequest, slug: str, pk: int, ending: str) -> HttpResponse:
    """The columns of a version as a download: what its page says of them, and no value."""
    rows = datasets.versions_of_client(request.client)
    profile = intake.profile_of(access.open_row(request.actor, rows, pk, action="dataset.view"))
    listing, found = listings.DATASET_COLUMNS, profile.columns if profile else []
    return file_of(listing, found, of=f"{pk}-{slug}", ending=ending, for_staff=False)


def columns(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    """A person says what each column holds, starting from what was proposed."""
    rows = datasets.versions_of_client(request.client)
    row = access.open_row(request.actor, rows, pk, action="dataset.edit")
    profile = intake.profile_of(row)
    if profile is None:
        return render(request, "dataset/columns.html", {"version": row, "dataset": row.dataset})
    form = ColumnKindsForm(request.POST or None, version=row, profile=profile)
    if request.method == "POST" and form.is_valid():
        try:
            dataset_review.confirm_columns(
                version=row, actor=request.actor.user, kinds=form.kinds()
            )
        except InvalidInput as error:
            refusal.show(form, error)
        else:
            messages.success(request, _("The columns are confirmed."))
            return redirect("dataset_sensitivity", slug=slug, pk=row.dataset_id)
    context = {"version": row, "dataset": row.dataset, "form": form, "profile": profile}
    return render(request, "dataset/columns.html", context)


def sensitivity(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    """S1 to S5, proposed from the confirmed columns and decided by a person."""
    rows = datasets.of_client(request.client)
    dataset = access.open_row(request.actor, rows, pk, action="dataset.edit")
    newest = next(iter(datasets.versions(dataset)), None)
    found = intake.sensitivity_of(dataset, newest)
    form = SensitivityForm(request.POST or None, instance=dataset, found=found)
    if request.method == "POST" and form.is_valid():
        dataset_review.decide_sensitivity(
            dataset=dataset, actor=request.actor.user, values=form.cleaned_data
        )
        messages.success(
            request, _("Decided: %(impact)s.") % {"impact": dataset.get_impact_display()}
        )
        return redirect("dataset", slug=slug, pk=pk)
    context = {
        "dataset": dataset,
        "form": form,
        "found": found,
        "newest": newest,
        "resting": datasets.audited_models(dataset),
    }
    return render(request, "dataset/sensitivity.html", context)


def split(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    """Before any training: one table in, one file to train on and one to hold back out."""
    rows = datasets.of_client(request.client)
    dataset = access.open_row(request.actor, rows, pk, action="dataset.edit")
    form = SplitForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = dataset_split.split(
                dataset=dataset,
                actor=request.actor.user,
                upload=form.upload(),
                layout=form.reading(),
                held_out_percent=form.cleaned_data["held_out_percent"],
            )
        except InvalidInput as error:
            refusal.show(form, error)
        else:
            messages.success(request, _("Both files are ready: download them below."))
            return redirect("dataset_version", slug=slug, pk=made.pk)
    return render(request, "dataset/split.html", {"form": form, "dataset": dataset})


def train_file(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    """The side that a model may learn from."""
    return _side(request, pk, "members")


def held_out_file(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    """The side that no model may ever see."""
    return _side(request, pk, "nonmembers")


def _side(request: ClientRequest, pk: int, side: str) -> HttpResponseBase:
    rows = datasets.versions_of_client(request.client)
    row = access.open_row(request.actor, rows, pk, action="dataset.edit")
    kind = _KINDS.get(row.drawing.get("format"), UNREAD)
    return handed_out(
        request,
        dataset_split.file_of(row, side),
        purposes={SIDES[side]},
        about=row.dataset,
        kind=kind,
    )


def retain(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    """Until when the records are kept; below it stands the button that ends them now."""
    rows = datasets.of_client(request.client)
    dataset = access.open_row(request.actor, rows, pk, action="dataset.edit")
    before = dataset.retain_until
    form = RetentionForm(request.POST or None, instance=dataset)
    if request.method == "POST" and form.is_valid():
        # An earlier end is a deletion by date: nobody can bring back what it takes.
        nearer = retention.is_nearer(before, form.cleaned_data["retain_until"])
        if nearer and (asked := confirmation(request)) is not None:
            return asked
        try:
            retention.keep_until(
                dataset=dataset,
                actor=request.actor.user,
                until=form.cleaned_data["retain_until"],
            )
        except InvalidInput as error:
            refusal.show(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("dataset", slug=slug, pk=pk)
    context = {"form": form, "dataset": dataset, **retained.what_goes(dataset)}
    return render(request, "dataset/retention.html", context)


def delete_records(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    """Delete files, versions and scores of single records; asked on GET, done on POST."""
    rows = datasets.of_client(request.client)
    dataset = access.open_row(request.actor, rows, pk, action="dataset.delete")
    if (asked := confirmation(request)) is not None:
        return asked
    if request.method != "POST":
        context = {"dataset": dataset, **retained.what_goes(dataset)}
        return render(request, "dataset/delete.html", context)
    try:
        retention.delete_now(dataset=dataset, actor=request.actor.user)
    except NotPossible as error:
        messages.error(request, str(error))
    else:
        messages.success(
            request, _("The records of %(name)s are deleted.") % {"name": dataset.name}
        )
    return redirect("dataset", slug=slug, pk=pk)


def permission(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    """On what legal basis the records are used, and who gave permission."""
    rows = datasets.of_client(request.client)
    dataset = access.open_row(request.actor, rows, pk, action="dataset.edit")
    form = PermissionForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            dataset_review.record_permission(
                dataset=dataset, actor=request.actor.user, **form.values()
            )
        except InvalidInput as error:
            refusal.show(form, error)
        else:
            messages.success(request, _("The permission is on record."))
            return redirect("dataset", slug=slug, pk=pk)
    return render(request, "dataset/permission.html", {"form": form, "dataset": dataset})


def permission_file(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    rows = datasets.permissions_of_client(request.client)
    row = access.open_row(request.actor, rows, pk, action="dataset.edit")
    kept = {FilePurpose.PERMISSION}
    return handed_out(request, row.file, purposes=kept, about=row.dataset)
