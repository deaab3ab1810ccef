"""The forms of the welcome: each step shows the form of its own page and calls the same service."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from audits.enums import Answer
from audits.models import Provider
from audits.queries import welcome as queries
from audits.services import checklist_answer, tool
from audits.services import client as clients
from audits.web import branding
from audits.web.forms.checklist import AnswerForm
from audits.web.forms.client import FirstClientForm
from audits.web.forms.set_up import ProviderForm
from audits.web.forms.tool import ReportForm
from audits.web.requests import FleetRequest

Files = MultiValueDict[str, UploadedFile[bytes]] | None


@dataclass(frozen=True, kw_only=True)
class StepForm:
    """How a step shows its form, and what saving it does; None where it cannot be done yet."""

    build: Callable[[Provider, QueryDict | None, Files], forms.BaseForm | None]
    save: Callable[[FleetRequest, Provider, Any], object]


def _company(provider: Provider, data: QueryDict | None, files: Files) -> forms.BaseForm:
    return ProviderForm(data, files, instance=provider)


def _save_company(request: FleetRequest, _provider: Provider, form: ProviderForm) -> None:
    branding.save(request, form)


def _client(_provider: Provider, data: QueryDict | None, _files: Files) -> forms.BaseForm:
    return FirstClientForm(data)


def _save_client(request: FleetRequest, provider: Provider, form: FirstClientForm) -> None:
    clients.create(provider_id=provider.pk, actor=request.actor.user, **form.cleaned_data)


def _tool(_provider: Provider, data: QueryDict | None, _files: Files) -> forms.BaseForm | None:
    client = queries.first_client()
    return ReportForm(data, client=client) if client is not None else None


def _save_tool(request: FleetRequest, _provider: Provider, form: ReportForm) -> None:
    tool.save(
        client=form.client, actor=request.actor.user, tool=None, values=dict(form.cleaned_data)
    )


def _question(_provider: Provider, data: QueryDict | None, _files: Files) -> forms.BaseForm | None:
    item = queries.next_question()
    return AnswerForm(data, instance=item) if item is not None else None


def _save_answer(request: FleetRequest, _provider: Provider, form: AnswerForm) -> None:
    checklist_answer.answer(
        item=form.instance,
        actor=request.actor.user,
        answer=Answer(form.cleaned_data["answer"]),
        reason=form.cleaned_data["reason"],
        beside=form.beside(),
    )


def _nothing(_provider: Provider, _data: QueryDict | None, _files: Files) -> None:
    """The invitation has a page of its own, which asks for the password again."""


def _save_nothing(_request: FleetRequest, _provider: Provider, _form: object) -> None:
    """Nothing is saved here."""


STEPS: dict[str, StepForm] = {
    "company": StepForm(build=_company, save=_save_company),
    "client": StepForm(build=_client, save=_save_client),
    "tool": StepForm(build=_tool, save=_save_tool),
    "checklist": StepForm(build=_question, save=_save_answer),
    "colleague": StepForm(build=_nothing, save=_save_nothing),
}
