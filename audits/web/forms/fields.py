from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from audits.services.intake import SMALLER_SAMPLE

_LONGEST_NAME = 200


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


class TextIfChosen(forms.CharField):
    """A text that only one of several ways asks for."""

    conditional = True


def choose(field: forms.Field, choices: Iterable[tuple[Any, Any]], *, blank: bool) -> None:
    """Offer these choices; `blank` starts with a line that asks to choose, as a list needs."""
    first = [("", _("Choose…"))] if blank else []
    cast("forms.ChoiceField", field).choices = [*first, *choices]


class DateField(forms.DateField):
    """A date with the browser's own picker."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


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
