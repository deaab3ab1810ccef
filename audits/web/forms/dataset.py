from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from audits.enums import Impact, Reveals, Split
from audits.models import Client, Dataset
from audits.queries import dataset as datasets
from audits.services.dataset import SETTLED, Layout, Upload
from audits.web.forms.fields import ColumnsField, TextIfChosen, UploadField, UploadIfChosen, choose
from audits.web.forms.meanwhile import Meanwhile
from audits.web.uploads import stream_of

TABLE = _(
    "CSV, Excel (.xlsx), Parquet or JSON lines, with one line for each record and column names."
)


class DatasetForm(Meanwhile, forms.ModelForm[Dataset]):
    """What a dataset holds and how sensitive it is."""

    class Meta:
        model = Dataset
        fields = ("name", "description", "data_class", "impact", "reveals", "owner_name")
        widgets = {  # noqa: RUF012 - Django's own way
            "description": forms.Textarea(attrs={"rows": 2}),
            "reveals": forms.RadioSelect,
        }
        help_texts = {  # noqa: RUF012 - Django's own way
            "reveals": _("Would it hurt someone if others knew they were in the data at all?"),
        }

    def __init__(self, *args: object, client: Client, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.client = client
        if self.instance.impact_decided_at is not None:  # changed by a decision alone
            for name in SETTLED:
                del self.fields[name]
            return
        choose(self.fields["impact"], Impact.choices, blank=True)
        choose(self.fields["reveals"], Reveals.choices, blank=False)

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        taken = datasets.of_client(self.client).filter(name=name).exclude(pk=self.instance.pk)
        if taken.exists():
            raise forms.ValidationError(_("This client has a dataset of that name already."))
        return name


class DatasetVersionForm(forms.Form):
    """Two files, or one file with a column that tells the sides apart."""

    layout = forms.ChoiceField(
        label=_("How are the records kept?"),
        choices=[
            ("two", _("Two files: used for training, and held out")),
            ("one", _("One file, with a column that says which is which")),
        ],
        initial="two",
        widget=forms.RadioSelect,
    )
    members = UploadIfChosen(label=_("Used for training"), required=False, help_text=TABLE)
    nonmembers = UploadIfChosen(
        label=_("Held out"),
        required=False,
        help_text=_("Comparable records that the model never saw."),
    )
    combined = UploadIfChosen(label=_("One file with both"), required=False, help_text=TABLE)
    member_column = TextIfChosen(
        max_length=200,
        label=_("Column that says which is which"),
        required=False,
        help_text=_("1, true or yes for records used for training; 0, false or no for the rest."),
    )
    population = UploadField(
        label=_("Further records"),
        required=False,
        help_text=_("More records that were never used; they sharpen the measurement."),
    )
    target = forms.CharField(
        label=_("Label column"), max_length=200, help_text=_("The column that the model predicts.")
    )
    drop = ColumnsField(
        label=_("Columns to leave out"),
        required=False,
        help_text=_("With commas between them: customer numbers, notes, anything unused."),
    )
    group = forms.CharField(
        label=_("Column that names the person"),
        max_length=200,
        required=False,
        help_text=_(
            "If people have several records: their records then stay together, and the figures"
            " count people."
        ),
    )
    weight = forms.CharField(
        label=_("Column of weights"),
        max_length=200,
        required=False,
        help_text=_("Only if the model was trained with sample weights."),
    )
    subgroups = ColumnsField(
        most=datasets.MAX_SUBGROUPS,
        label=_("Groups to look at"),
        required=False,
        help_text=_(
            "Up to five columns, such as site or age band, also of those left out above: each value"
            " gets its own figure."
        ),
    )
    split = forms.ChoiceField(
        label=_("How were the held-out records chosen?"),
        choices=Split,
        initial=Split.UNKNOWN,
        widget=forms.RadioSelect,
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        needed = (
            ("members", "nonmembers") if self._two_files(given) else ("combined", "member_column")
        )
        for name in needed:
            if not given.get(name) and name not in self.errors:
                self.add_error(name, _("This is needed for the way the records are kept."))
        return given

    @staticmethod
    def _two_files(given: dict[str, Any]) -> bool:
        return given.get("layout") != "one"

    def uploads(self) -> dict[str, Upload]:
        """The files that belong to the chosen way of keeping records."""
        given = self.cleaned_data
        names = ["members", "nonmembers"] if self._two_files(given) else ["combined"]
        return {
            name: Upload(source=stream_of(given[name]), name=given[name].name)
            for name in [*names, "population"]
            if given.get(name)
        }

    def reading(self) -> Layout:
        """How to read them."""
        given = self.cleaned_data
        return Layout(
            target=given["target"],
            drop=given["drop"],
            group=given["group"],
            weight=given["weight"],
            subgroups=given["subgroups"],
            member_column="" if self._two_files(given) else given["member_column"],
            split=Split(given["split"]),
        )
