from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from audits.enums import DataClass, Impact, LegalBasis, Reveals
from audits.models import DataPermission, Dataset, DatasetVersion
from audits.queries import dataset_intake as intake
from audits.queries.dataset_intake import Profile
from audits.services.dataset import Layout, Upload
from audits.services.dataset_split import SHARES
from audits.services.intake import SMALLER_SCAN
from audits.web.forms.dataset import TABLE
from audits.web.forms.fields import ColumnsField, DateField, UploadField, choose
from audits.web.uploads import stream_of


class ColumnKindsForm(forms.Form):
    """What each column holds: proposed, and said by a person."""

    def __init__(
        self,
        *args: Any,  # noqa: ANN401 - Django's own signature
        version: DatasetVersion,
        profile: Profile,
        **kwargs: Any,  # noqa: ANN401 - Django's own signature
    ) -> None:
        super().__init__(*args, **kwargs)
        earlier = version.column_kinds or intake.earlier_kinds(version)
        self.profile = profile
        listed = intake.choices()
        for place, row in enumerate(profile.columns):
            self.fields[f"column_{place}"] = forms.ChoiceField(
                label=row.name, choices=listed, initial=earlier.get(row.name, row.proposed)
            )

    def rows(self, *, about_people: bool) -> list[tuple[intake.ColumnRow, forms.BoundField]]:
        """Columns with their fields: those that seem to be about people, or the others."""
        return [
            (row, self[f"column_{place}"])
            for place, row in enumerate(self.profile.columns)
            if row.is_about_people == about_people
        ]

    def about_people(self) -> list[tuple[intake.ColumnRow, forms.BoundField]]:
        return self.rows(about_people=True)

    def others(self) -> list[tuple[intake.ColumnRow, forms.BoundField]]:
        return self.rows(about_people=False)

    def kinds(self) -> dict[str, str]:
        """What was said, by the name of the column."""
        return {
            row.name: self.cleaned_data[f"column_{place}"]
            for place, row in enumerate(self.profile.columns)
        }


class SensitivityForm(forms.ModelForm[Dataset]):
    """Kind, impact, and what membership alone says; starts with what the columns propose."""

    class Meta:
        model = Dataset
        fields = ("data_class", "impact", "reveals")
        widgets = {"reveals": forms.RadioSelect, "impact": forms.RadioSelect}  # noqa: RUF012 - Django's own way
        help_texts = {  # noqa: RUF012 - Django's own way
            "reveals": _(
                "Yes raises the impact by one, at most to S5. Public membership lowers it by one,"
                " never from S5."
            ),
        }

    def __init__(self, *args: Any, found: intake.Sensitivity, **kwargs: Any) -> None:  # noqa: ANN401 - Django's own signature
        super().__init__(*args, **kwargs)
        choose(self.fields["data_class"], DataClass.choices, blank=False)
        choose(self.fields["impact"], Impact.choices, blank=False)
        choose(self.fields["reveals"], Reveals.choices, blank=False)
        if self.instance.impact_decided_at is None and found.proposal.impact is not None:
            self.initial["data_class"] = found.proposal.data_class
            self.initial["impact"] = found.proposal.impact


class SplitForm(forms.Form):
    """One table before any training, and how many of its people are held back."""

    table = UploadField(label=_("Table with every record"), help_text=TABLE)
    target = forms.CharField(
        label=_("Label column"),
        max_length=200,
        help_text=_("The column that the model is going to predict."),
    )
    group = forms.CharField(
        label=_("Column that names the person"),
        max_length=200,
        required=False,
        help_text=_(
            "All records of a person go to the same file. Leave it empty only if nobody has more"
            " than one record."
        ),
    )
    drop = ColumnsField(
        label=_("Columns to leave out"),
        required=False,
        help_text=_("Stay in both files; neither the model nor an audit is to use them."),
    )
    held_out_percent = forms.TypedChoiceField(
        label=_("How many people are held back?"),
        coerce=int,
        choices=[(share, f"{share}%") for share in SHARES],
        initial=30,
        widget=forms.RadioSelect(attrs={"class": "choices-inline"}),
        help_text=_("Half gives the sharpest audit, a fifth leaves the most to learn from."),
    )
    untouched = forms.BooleanField(
        label=_("No model has been trained on these records yet"),
        help_text=_("Only then does the draw decide who is used, and only then does it count."),
        error_messages={
            "required": _(
                "If a model was trained on them already, upload what it was trained on instead."
            )
        },
    )

    def upload(self) -> Upload:
        given = self.cleaned_data["table"]
        return Upload(source=stream_of(given), name=given.name)

    def reading(self) -> Layout:
        given = self.cleaned_data
        return Layout(target=given["target"], drop=given["drop"], group=given["group"])


class RetentionForm(forms.ModelForm[Dataset]):
    """The last day of the records."""

    retain_until = DateField(
        label=_("Keep the records until"),
        required=False,
        help_text=_("Leave it empty to keep them until somebody deletes them."),
    )

    class Meta:
        model = Dataset
        fields = ("retain_until",)


class PermissionForm(forms.ModelForm[DataPermission]):
    """On what basis the records are used, and who said so."""

    given_on = DateField(label=_("Given on"))
    upload = UploadField(
        label=_("Signed letter"),
        remedy=SMALLER_SCAN,
        required=False,
        help_text=_(
            "Or the e-mail that says it: PDF, PNG, JPEG, .txt or .eml. It is kept encrypted."
        ),
    )

    class Meta:
        model = DataPermission
        fields = ("basis", "given_by", "given_role", "given_on", "note")
        widgets = {"note": forms.Textarea(attrs={"rows": 2})}  # noqa: RUF012 - Django's own way
        help_texts = {  # noqa: RUF012 - Django's own way
            "basis": _("What allows this use. If you are not sure, ask the client's lawyer."),
            "note": _("Where it can be read, or what it covers."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Django's own signature
        super().__init__(*args, **kwargs)
        choose(self.fields["basis"], LegalBasis.choices, blank=True)

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        given = dict(self.cleaned_data)
        file = given.pop("upload")
        return {**given, "upload": (stream_of(file), file.name) if file else None}
