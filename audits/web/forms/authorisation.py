from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audits.models import Authorisation, User
from audits.services.authorisation import LASTS, NEITHER
from audits.services.intake import SMALLER_SCAN
from audits.web.forms.fields import DateField, UploadField
from audits.web.uploads import stream_of


class AuthorisationForm(forms.ModelForm[Authorisation]):
    """Who allows audits of a model, as what, since when and how far."""

    given_on = DateField(label=_("Given on"))
    ends_on = DateField(label=_("Holds until"), help_text=_("Two years at most; a year is usual."))
    upload = UploadField(
        label=_("Signed letter"),
        required=False,
        remedy=SMALLER_SCAN,
        help_text=_("A PDF, or a PNG or JPEG picture of it. It is kept encrypted."),
    )
    is_confirmed = forms.BooleanField(
        required=False,
        label=_(
            "This person may decide about the model and its data, and has agreed to an attack"
            " on a copy of it."
        ),
        help_text=_("Tick this, or add the letter in which the person says so."),
    )

    class Meta:
        model = Authorisation
        fields = ("person", "role", "given_on", "ends_on", "scope", "source")
        help_texts = {  # noqa: RUF012 - Django's own way
            "person": _("Somebody of the client, by name. It stands in the report."),
            "role": _("For example: managing director, data protection officer."),
            "scope": _("Which model, which records, and what must not be touched."),
            "source": _("For example: e-mail of 3 November, contract annex 2."),
        }
        widgets = {"scope": forms.Textarea(attrs={"rows": 2})}  # noqa: RUF012 - Django's own way

    def __init__(self, data: object, sent: object, *, giver: User | None) -> None:
        today = timezone.localdate()
        super().__init__(
            data,  # type: ignore[arg-type]
            sent,  # type: ignore[arg-type]
            initial={
                "person": giver.name if giver is not None else "",
                "given_on": today,
                "ends_on": today + LASTS - timedelta(days=1),
                "scope": _("This model in all its versions, with the records it was trained on."),
            },
        )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        letter = given.get("upload") or "upload" in self.errors
        if not letter and not given.get("is_confirmed"):
            self.add_error("is_confirmed", NEITHER)
        return given

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        given = {name: self.cleaned_data[name] for name in self.Meta.fields}
        file = self.cleaned_data["upload"]
        return {
            **given,
            "is_confirmed": self.cleaned_data["is_confirmed"],
            "upload": (stream_of(file), file.name) if file else None,
        }
