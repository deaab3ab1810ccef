from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any, cast

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.forms.models import ModelChoiceIterator
from django.http import QueryDict
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audits.services.intake import SMALLER_SAMPLE

# As what ticked rows of a list can be taken away.
FILES = ("csv", "json", "pdf")
_LONGEST_NAME = 200
_LONGEST_NUMBER = 19
_FIRST_YEAR, _LAST_YEAR = 1990, 2199
_FURTHEST_DAYS = 5 * 366


class UploadField(forms.FileField):
    """A file within the upload limit and not empty; what is in it is the sandbox's business.

    `remedy` says what to do about a file that is too large: that depends on what it is.
    """

    default_error_messages = {  # noqa: RUF012 - Django's own way
        "empty": _("The file is empty. Export it again and choose the new file."),
    }

    def __init__(self, *, remedy: object = SMALLER_SAMPLE, **kwargs: Any) -> None:  # noqa: ANN401 - Django's own
        super().__init__(**kwargs)
        self.remedy = remedy

    def clean(self, data: Any, initial: Any = None) -> Any:  # noqa: ANN401 - Django's own signature
        upload = super().clean(data, initial)
        if isinstance(upload, UploadedFile) and (upload.size or 0) > settings.MIA_MAX_UPLOAD_BYTES:
            raise ValidationError(
                _("The file has %(size)s; at most %(limit)s can be uploaded. %(remedy)s"),
                params={
                    "remedy": self.remedy,
                    "size": filesizeformat(upload.size or 0),
                    "limit": filesizeformat(settings.MIA_MAX_UPLOAD_BYTES),
                },
            )
        return upload


class UploadIfChosen(UploadField):
    """A file that only one of several ways asks for: neither required nor called optional."""

    conditional = True


class AtOnce(ModelChoiceIterator):  # type: ignore[type-arg]
    """Choices read in one question: Django's own opens a cursor for them, which is three."""

    field: forms.ModelChoiceField  # type: ignore[type-arg]

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        if self.field.empty_label is not None:
            yield "", self.field.empty_label
        for row in self.queryset.all():
            yield self.choice(row)


class TextIfChosen(forms.CharField):
    """A text that only one of several ways asks for."""

    conditional = True


def why_asked(widget: forms.Widget) -> forms.CharField:
    """Why a new decision about a tool is asked for."""
    return forms.CharField(
        label=_("Why"),
        max_length=500,
        required=False,
        widget=widget,
        help_text=_("Whoever decides reads it. It stands in the client's activity log."),
    )


def choose(field: forms.Field, choices: Iterable[tuple[Any, Any]], *, blank: bool) -> None:
    """Offer these choices; `blank` starts with a line that asks to choose, as a list needs."""
    first = [("", _("Choose…"))] if blank else []
    cast("forms.ChoiceField", field).choices = [*first, *choices]


def chosen_in_words(form: forms.BaseForm, name: str) -> tuple[str, str]:
    """The label of a list of choices, and the words of the one that was chosen."""
    field = cast("forms.ChoiceField", form.fields[name])
    offered = cast("Iterable[tuple[Any, Any]]", field.choices)
    words = {str(value): str(said) for value, said in offered}
    return str(field.label), words[str(form.cleaned_data[name])]


class DateField(forms.DateField):
    """A date with the browser's own picker, which takes the year 26 for one of the Romans."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

    def validate(self, value: date | None) -> None:
        super().validate(value)
        if value is not None and not _FIRST_YEAR <= value.year <= _LAST_YEAR:
            raise ValidationError(_("Look at the year again: four digits, such as 2026."))


def planned(form: forms.BaseForm, name: str) -> date | None:
    """A day that something is planned for: to come, and in sight; the one that stands may stay.

    Raises ValidationError.
    """
    day: date | None = form.cleaned_data[name]
    today = timezone.localdate()
    if day is None or name not in form.changed_data:
        return day
    if not today <= day <= today + timedelta(days=_FURTHEST_DAYS):
        raise ValidationError(_("Choose a day from today on, within five years."))
    return day


def ticks(data: object, name: str) -> set[int]:
    """Which rows were ticked in what was sent, so that they still are where it is refused."""
    sent = data.getlist(name) if isinstance(data, QueryDict) else []
    return {int(pk) for pk in sent if pk.isdecimal() and len(pk) < _LONGEST_NUMBER}


class ColumnsField(forms.CharField):
    """Column names separated by commas or line breaks, `most` of them at most."""

    def __init__(self, *, most: int = 2_000, **kwargs: Any) -> None:  # noqa: ANN401 - Django's own
        super().__init__(**kwargs)
        self.most = most

    def to_python(self, value: Any) -> Any:  # noqa: ANN401 - Django's own signature
        text = super().to_python(value) or ""
        return tuple(
            dict.fromkeys(
                part.strip() for part in text.replace("\n", ",").split(",") if part.strip()
            )
        )

    def prepare_value(self, value: Any) -> Any:  # noqa: ANN401 - Django's own signature
        return ", ".join(value) if isinstance(value, list | tuple) else value

    def validate(self, value: Any) -> None:  # noqa: ANN401 - Django's own signature
        if self.required and not value:
            raise ValidationError(self.error_messages["required"], code="required")
        if len(value) > self.most:
            raise ValidationError(
                _("%(count)s columns are named; at most %(most)s can be."),
                params={"count": len(value), "most": self.most},
            )
        for name in value:
            if "\x00" in name or len(name) > _LONGEST_NAME:
                raise ValidationError(
                    _("“%(name)s” is no column name: at most %(most)s readable characters."),
                    params={"name": name[:20].replace("\x00", "?"), "most": _LONGEST_NAME},
                )
