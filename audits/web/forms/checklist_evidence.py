from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audits.enums import EvidenceKind
from audits.services.checklist_evidence import LONGEST_COMMENT
from audits.services.intake import SMALLER_SCAN
from audits.web.forms.fields import DateField, TextIfChosen, UploadIfChosen


class EvidenceForm(forms.Form):
    """A file, a link or a note, and of which day it is."""

    kind = forms.ChoiceField(
        label=_("What is it?"),
        choices=EvidenceKind,
        initial=EvidenceKind.NOTE,
        widget=forms.RadioSelect(attrs={"class": "choices-inline"}),
    )
    file = UploadIfChosen(
        label=_("File"),
        remedy=SMALLER_SCAN,
        required=False,
        help_text=_("PDF, PNG, JPEG, plain text or CSV. It is kept encrypted."),
    )
    url = TextIfChosen(
        label=_("Link"),
        max_length=500,
        required=False,
        help_text=_("An address that begins with https://."),
    )
    text = forms.CharField(
        label=_("What it shows"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    dated = DateField(
        label=_("Date"),
        help_text=_("The day it is of. After twelve months it counts half."),
    )

    def __init__(self, data: Any = None, files: Any = None) -> None:  # noqa: ANN401 - Django's own
        super().__init__(data, files, auto_id="evidence_%s")
        self.fields["dated"].initial = timezone.localdate

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        needed = {EvidenceKind.FILE: "file", EvidenceKind.LINK: "url", EvidenceKind.NOTE: "text"}
        name = needed.get(EvidenceKind(given["kind"])) if given.get("kind") else None
        if name is not None and not given.get(name) and name not in self.errors:
            self.add_error(name, _("This is needed for the kind that you chose."))
        return given


class CommentForm(forms.Form):
    """A remark in plain text."""

    comment = forms.CharField(
        label=_("Comment"), max_length=LONGEST_COMMENT, widget=forms.Textarea(attrs={"rows": 2})
    )
