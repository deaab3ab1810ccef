from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from audits import access
from audits.models import VendorSheet
from audits.queries import charts, house_listings, tool_others
from audits.queries import tool as tools
from audits.queries import vendor as sheets
from audits.services import vendor as service
from audits.services.errors import InvalidInput
from audits.web.forms import refusal
from audits.web.forms.vendor import CopyForm, TermsForm, UsualDecisionForm, VendorSheetForm
from audits.web.listing import file_of
from audits.web.looked_after import looked_after_alone
from audits.web.requests import FleetRequest


def opened(request: FleetRequest, pk: int, action: str = "vendor.edit") -> VendorSheet:
    rows = sheets.of_provider(access.provider_of(request.actor))
    return access.open_row(request.actor, rows, pk, action=action)


@looked_after_alone
def detail(request: FleetRequest, pk: int) -> HttpResponseBase:
    """What is known of a tool, how its review stands, and which clients use it."""
    sheet = opened(request, pk, "vendor.view")
    row, chosen = sheets.row_of(sheet), CopyForm(request.GET).chosen()
    only_waiting = request.GET.get("show") == "waiting"
    reviewed = sheets.reviewed(row)
    context = {
        "row": row,
        "usual_data": tools.data_words(sheet.default_data),
        "users": tools.rows_of(sheets.users_of(sheet, only_waiting=only_waiting), with_sheets=True),
        "only_waiting": only_waiting,
        "others": tool_others.of_sheet(sheet, request.actor.user),
        "copies": sheets.terms_of(sheet),
        "chosen": chosen,
        "read": sheets.terms_read(sheet, chosen),
        "chart": charts.tool_review(reviewed) if reviewed else None,
        **sheets.told(row),
    }
    return render(request, "vendor/sheet.html", context)


@looked_after_alone
def users_file(request: FleetRequest, pk: int, ending: str) -> HttpResponse:
    """The clients that use a tool as a download."""
    sheet = opened(request, pk, "vendor.view")
    rows = tools.rows_of(sheets.users_of(sheet), with_sheets=True)
    return file_of(house_listings.TOOL_USERS, rows, of=str(pk), ending=ending, for_staff=True)


def create(request: FleetRequest) -> HttpResponseBase:
    access.require(request.actor, "vendor.edit")
    form = VendorSheetForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = service.save(
                provider_id=access.provider_of(request.actor),
                actor=request.actor.user,
                sheet=None,
                values=form.cleaned_data,
            )
        except InvalidInput as error:
            refusal.show(form, error)
        else:
            messages.success(request, _("%(name)s has a fact sheet.") % {"name": made})
            return redirect("vendor", pk=made.pk)
    return render(request, "vendor/sheet_form.html", {"form": form})


def edit(request: FleetRequest, pk: int) -> HttpResponseBase:
    sheet = opened(request, pk)
    form = VendorSheetForm(request.POST or None, instance=sheet)
    if request.method == "POST" and form.is_valid():
        try:
            service.save(
                provider_id=sheet.provider_id,
                actor=request.actor.user,
                sheet=sheet,
                values=form.cleaned_data,
            )
        except InvalidInput as error:
            refusal.show(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("vendor", pk=pk)
    return render(request, "vendor/sheet_form.html", {"form": form, "sheet": sheet})


def terms(request: FleetRequest, pk: int) -> HttpResponseBase:
    """Keep a copy of the vendor's terms; other words or another date make the review due."""
    sheet = opened(request, pk)
    form = TermsForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            changed = service.save_terms(sheet=sheet, actor=request.actor.user, **form.cleaned_data)
        except InvalidInput as error:
            refusal.show(form, error)
        else:
            told = _("The terms are saved.") if changed else _("These terms are saved already.")
            messages.success(request, told)
            return redirect("vendor", pk=pk)
    context = {"form": form, "sheet": sheet, "row": sheets.row_of(sheet)}
    return render(request, "vendor/terms.html", context)


def usual(request: FleetRequest, pk: int) -> HttpResponseBase:
    """What the provider usually decides; each client still gets a decision of its own."""
    sheet = opened(request, pk)
    form = UsualDecisionForm(request.POST or None, sheet=sheet)
    if request.method == "POST" and form.is_valid():
        try:
            service.set_default(sheet=sheet, actor=request.actor.user, **form.cleaned_data)
        except InvalidInput as error:
            refusal.show(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("vendor", pk=pk)
    return render(request, "vendor/usual.html", {"form": form, "sheet": sheet})
