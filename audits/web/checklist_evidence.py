"""Evidence and comments of one control; files leave as attachments, never as something to open."""

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from audits import access
from audits.enums import EvidenceKind, FilePurpose
from audits.models import ChecklistItem
from audits.queries import checklist_view
from audits.services import checklist_evidence as service
from audits.services.errors import InvalidInput
from audits.web.checklist import opened, question
from audits.web.downloads import handed_out
from audits.web.forms import refusal
from audits.web.forms.checklist_evidence import CommentForm, EvidenceForm
from audits.web.reauthentication import confirmation
from audits.web.requests import ClientRequest
from audits.web.uploads import stream_of


@require_POST
def add(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    item = opened(request, pk, action="evidence.add")
    form = EvidenceForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        try:
            _add(request, item, form)
        except InvalidInput as error:
            refusal.show(form, error)
        else:
            messages.success(request, _("The evidence is kept."))
            return redirect("checklist_answer", slug=slug, pk=pk)
    return question(request, item, evidence_form=form)


def _add(request: ClientRequest, item: ChecklistItem, form: EvidenceForm) -> None:
    """Keep what was chosen to be given: a file, a link or a note."""
    given, actor = form.cleaned_data, request.actor.user
    text, dated = given["text"], given["dated"]
    if given["kind"] == EvidenceKind.FILE:
        upload = given["file"]
        service.add_file(
            item=item,
            actor=actor,
            source=stream_of(upload),
            name=upload.name,
            dated=dated,
            text=text,
        )
    elif given["kind"] == EvidenceKind.LINK:
        service.add_link(item=item, actor=actor, url=given["url"], dated=dated, text=text)
    else:
        service.add_note(item=item, actor=actor, text=text, dated=dated)


def download(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    rows = checklist_view.evidence_at(request.client)
    evidence = access.open_row(request.actor, rows, pk, action="evidence.view")
    kept = {FilePurpose.EVIDENCE}
    return handed_out(request, evidence.file, purposes=kept, about=evidence.item)


@require_POST
def remove(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    rows = checklist_view.evidence_at(request.client)
    evidence = access.open_row(request.actor, rows, pk, action="evidence.remove")
    # Nobody can bring back a file; of a link or a note the log keeps all that it said.
    if evidence.file_id is not None and (asked := confirmation(request)) is not None:
        return asked
    item = evidence.item_id
    service.remove(evidence=evidence, actor=request.actor.user)
    messages.success(request, _("The evidence is taken away."))
    return redirect("checklist_answer", slug=slug, pk=item)


@require_POST
def comment(request: ClientRequest, slug: str, pk: int) -> HttpResponseBase:
    item = opened(request, pk, action="checklist.comment")
    form = CommentForm(request.POST or None, auto_id="comment_%s")
    if form.is_valid():
        try:
            service.comment(item=item, actor=request.actor.user, text=form.cleaned_data["comment"])
        except InvalidInput as error:
            refusal.show(form, error)
        else:
            messages.success(request, _("Your comment is kept."))
            return redirect("checklist_answer", slug=slug, pk=pk)
    return question(request, item, comment_form=form)
