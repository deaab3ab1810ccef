from typing import Any

from django import forms
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audits.enums import SealVerdict
from audits.queries import report_seal
from audits.reports import seal
from audits.web.forms.fields import TextIfChosen, UploadIfChosen
from audits.web.uploads import stream_of


class ReportCheckForm(forms.Form):
    """A report that somebody was given: the file itself, or the code at the foot of its pages."""

    file = UploadIfChosen(
        label=gettext_lazy("PDF"),
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,application/pdf"}),
        help_text=gettext_lazy("It is compared by its fingerprint and not kept."),
        error_messages={"empty": gettext_lazy("The file is empty. Get the report once more.")},
    )
    code = TextIfChosen(
        label=gettext_lazy("Or its code"),
        required=False,
        max_length=40,
        help_text=gettext_lazy(
            "At the foot of each page. A code shows that such a report was issued;"
            " only the file itself shows that nothing in it was changed."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        upload, code = given.get("file"), given.get("code")
        if self.errors:
            return given
        if not upload and not code:
            raise forms.ValidationError(_("Choose the PDF, or type its code."))
        if upload and (upload.size or 0) > report_seal.MAX_BYTES:
            limit = filesizeformat(report_seal.MAX_BYTES)
            text = _("No report is larger than %(limit)s, so this is none.") % {"limit": limit}
            self.add_error("file", text)
        if code and not upload and not seal.is_code(code):
            text = _("This is no code: it has 20 letters and digits, in groups of five.")
            self.add_error("code", text)
        return given

    def verdict(self) -> SealVerdict:
        """What the file shows; the code counts where there is no file."""
        upload = self.cleaned_data["file"]
        if upload:
            return report_seal.of_file(stream_of(upload))
        return report_seal.of_code(self.cleaned_data["code"])
