"""Lists as CSV: a file, then the columns, then the rows; the list travels with the form."""

from typing import Any, ClassVar

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audits.services import intake, plain_list
from audits.services.errors import InvalidInput
from audits.services.plain_list import Heads, Table
from audits.web.forms.fields import UploadField, choose
from audits.web.uploads import stream_of


class ListFileForm(forms.Form):
    """A list as another program exports it."""

    file = UploadField(
        label=gettext_lazy("File"),
        remedy=gettext_lazy("Export a shorter list."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}),
        help_text=gettext_lazy("CSV, at most 256 KB and 500 rows."),
    )

    def clean_file(self) -> UploadedFile[bytes]:
        upload: UploadedFile[bytes] = self.cleaned_data["file"]
        if (upload.size or 0) > plain_list.MOST_BYTES:
            raise forms.ValidationError(
                _("The file has %(size)s; at most %(most)s can be read. Export a shorter list.")
                % {
                    "size": filesizeformat(upload.size or 0),
                    "most": filesizeformat(plain_list.MOST_BYTES),
                }
            )
        return upload

    def table(self) -> Table | None:
        """The list in the file; what is wrong with it is said at the field."""
        source = stream_of(self.cleaned_data["file"])
        try:
            intake.refuse_known_malware({"file": source})
            source.seek(0)
            return plain_list.read(plain_list.decoded(source.read(plain_list.MOST_BYTES + 1)))
        except InvalidInput as error:
            self.add_error("file", str(error))
            return None


class SentListForm(forms.Form):
    """The list that a page brought along: it travels with the form, nothing is kept yet."""

    text = forms.CharField(strip=False, max_length=plain_list.MOST_BYTES, widget=forms.HiddenInput)

    def table(self) -> Table | None:
        """Read it like a file; None where it is no list any more."""
        if not self.is_valid():
            return None
        try:
            return plain_list.read(self.cleaned_data["text"])
        except InvalidInput:
            return None


class ColumnField(forms.TypedChoiceField):
    """Which column of the list says something."""

    def __init__(self, label: Any, *, required: bool = False) -> None:  # noqa: ANN401 - a lazy text
        super().__init__(label=label, coerce=int, required=required, empty_value=None)


class ListColumnsForm(SentListForm):
    """Which column says what. Taken over is what was looked at: `seen` are the columns of it."""

    heads: ClassVar[Heads]

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    confirmed = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any, *, list_: Table) -> None:  # noqa: ANN401 - a query dict, or nothing
        guessed = plain_list.guessed(list_.columns, self.heads)
        super().__init__(data, initial={"text": list_.text, **guessed})
        columns = [(str(n), name) for n, name in enumerate(list_.columns)]
        for name, field in self.fields.items():
            if isinstance(field, ColumnField) and field.required:
                choose(self.fields[name], columns, blank=True)
            elif isinstance(field, ColumnField):
                nowhere = ("", _("not in the list"))
                choose(self.fields[name], [nowhere, *columns], blank=False)
        self.list = list_
        if data is not None:
            self.full_clean()

    @property
    def places(self) -> dict[str, int | None] | None:
        """The columns chosen so far, or else guessed; None without one that is needed."""
        source = self.cleaned_data if self.is_bound else self.initial
        columns = {n: f for n, f in self.fields.items() if isinstance(f, ColumnField)}
        found = {name: source.get(name) for name in columns}
        lacking = [name for name, field in columns.items() if field.required]
        return None if any(found[name] is None for name in lacking) else found

    @property
    def shown(self) -> str:
        """What the page is about to show, to be compared when it comes back."""
        return repr(self.places)

    @property
    def is_confirmed(self) -> bool:
        """Whether the button was pressed under rows that were read by these very columns."""
        given = self.cleaned_data if self.is_bound and self.is_valid() else {}
        return bool(given.get("confirmed")) and given.get("seen") == self.shown
