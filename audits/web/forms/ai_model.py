from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from audits.enums import (
    LIFECYCLE_STARTS,
    LIFECYCLE_STEPS,
    Exposure,
    Hosting,
    Impact,
    Lifecycle,
    PrivacyUnit,
    Reveals,
    Verbatim,
    VersionKind,
)
from audits.models import AIModel, Client, ModelVersion
from audits.queries import ai_model as models
from audits.queries import dataset as datasets
from audits.services.intake import SMALLER_MODEL
from audits.web.forms.audit import DataChoice
from audits.web.forms.fields import (
    ColumnsField,
    DateField,
    TextIfChosen,
    UploadField,
    choose,
    planned,
)
from audits.web.forms.meanwhile import Meanwhile

MOST_EPSILON = 1_000_000


class AIModelForm(Meanwhile, forms.ModelForm[AIModel]):
    """What a model is for, how sensitive its data is and who can reach it."""

    next_review = DateField(label=_("Next review"), required=False)

    class Meta:
        model = AIModel
        fields = (
            "name",
            "purpose",
            "people",
            "owner_name",
            "origin",
            "hosting",
            "hosted_by",
            "impact",
            "reveals",
            "exposure",
            "outputs",
            "verbatim",
            "dp_unit",
            "dp_epsilon",
            "dp_delta",
            "dp_source",
            "lifecycle",
            "next_review",
        )
        widgets = {  # noqa: RUF012 - Django's own way
            "purpose": forms.Textarea(attrs={"rows": 2}),
            "reveals": forms.RadioSelect,
        }
        field_classes = {"hosted_by": TextIfChosen}  # noqa: RUF012 - Django's own way
        help_texts = {  # noqa: RUF012 - Django's own way
            "hosted_by": _("The company that provides it, such as a cloud or the vendor."),
            "people": _("For example: patients since 2019."),
            "impact": _("The most sensitive kind of record it learned from."),
            "reveals": _("Would it hurt someone if others knew they were in the data at all?"),
            "exposure": _("Whoever can put a question to it, or get hold of its file."),
            "verbatim": _("A chat or search model may repeat what it was given to learn."),
            "dp_unit": _("Training that hides each person, such as DP-SGD. Its maker knows."),
            "dp_epsilon": _("The size of the cap: smaller is safer. 1 or less is strong."),
            "dp_delta": _("For example 0.00001. Epsilon means nothing without it."),
            "dp_source": _("The library, its accountant, or the maker's statement."),
            "outputs": _("The more it tells, the easier it is to test people against it."),
        }

    def __init__(self, *args: object, client: Client, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.client = client
        for name in ("dp_unit", "verbatim", "hosting"):
            self.fields[name].required = False
        choose(self.fields["impact"], Impact.choices, blank=True)
        choose(self.fields["reveals"], Reveals.choices, blank=False)
        choose(self.fields["exposure"], Exposure.choices, blank=True)
        choose(self.fields["lifecycle"], self._statuses(), blank=False)

    def _statuses(self) -> list[tuple[str, Any]]:
        """The status it has, and those that can follow."""
        now = Lifecycle(self.instance.lifecycle)
        steps = LIFECYCLE_STARTS if self.instance.pk is None else (now, *LIFECYCLE_STEPS[now])
        return [(one.value, one.label) for one in Lifecycle if one in steps]

    def clean_dp_unit(self) -> str:
        """Nothing said is the first of the choices: none, or not known."""
        return self.cleaned_data["dp_unit"] or PrivacyUnit.NONE

    def clean_hosting(self) -> str:
        return self.cleaned_data["hosting"] or Hosting.UNKNOWN

    def clean_hosted_by(self) -> str:
        """Nobody, unless a third party hosts it; the name may be left out then."""
        is_hosted = self.cleaned_data.get("hosting") == Hosting.THIRD_PARTY
        return str(self.cleaned_data["hosted_by"]) if is_hosted else ""

    def clean_verbatim(self) -> str:
        return self.cleaned_data["verbatim"] or Verbatim.UNKNOWN

    def clean_next_review(self) -> date | None:
        return planned(self, "next_review")

    def clean(self) -> dict[str, Any]:
        """An epsilon comes with its unit and delta, or not at all."""
        given = super().clean() or {}
        figures = {name: given.get(name) for name in ("dp_epsilon", "dp_delta")}
        if given.get("dp_unit") == PrivacyUnit.NONE:
            if any(value is not None for value in figures.values()):
                self.add_error("dp_unit", _("Say what epsilon counts: each row or each person."))
            return given
        for name, value in figures.items():
            if value is None and name not in self.errors:
                self.add_error(name, _("Needed: a statement without it says nothing."))
        epsilon, delta = figures.values()
        if epsilon is not None and not 0 < epsilon < MOST_EPSILON:
            self.add_error("dp_epsilon", _("Epsilon is a number above 0."))
        if delta is not None and not 0 <= delta < 1:
            self.add_error("dp_delta", _("Delta is a number from 0 to below 1."))
        return given

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        taken = models.of_client(self.client).filter(name=name).exclude(pk=self.instance.pk)
        if taken.exists():
            raise forms.ValidationError(_("This client has a model of that name already."))
        return name


class ModelVersionForm(forms.Form):
    """Upload a model file, or the predictions that the model made."""

    kind = forms.ChoiceField(
        label=_("What do you have?"),
        choices=[
            (VersionKind.SKOPS.value, _("Model file (.skops, .onnx or .safetensors)")),
            (VersionKind.PREDICTIONS.value, VersionKind.PREDICTIONS.label),
        ],
        initial=VersionKind.SKOPS,
        widget=forms.RadioSelect,
    )
    file = UploadField(
        label=_("File"),
        remedy=SMALLER_MODEL,
        help_text=_(
            "A model as skops, ONNX or safetensors, or a predictions table as CSV, Excel (.xlsx),"
            " Parquet or JSON lines."
        ),
    )
    subgroups = ColumnsField(
        most=datasets.MAX_SUBGROUPS,
        label=_("Groups to look at"),
        required=False,
        help_text=_(
            "Predictions file only. Up to five of its columns x_…, such as x_site, with commas"
            " between them: each value gets its own figure."
        ),
    )
    trained_on = DataChoice(
        label=_("Trained on"),
        queryset=None,
        required=False,
        empty_label=_("Not in this register"),
        help_text=_("The records that this version learned from, as registered under Datasets."),
    )
    retain_until = DateField(
        label=_("Keep the file until"),
        required=False,
        help_text=_(
            "Predictions hold records, and some models keep the rows they learned from. Leave it"
            " empty to keep the file until somebody deletes it."
        ),
    )
    note = forms.CharField(label=_("Note"), max_length=300, required=False)

    def __init__(self, *args: object, client: Client) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        known = datasets.auditable_versions(client)
        self.fields["trained_on"].queryset = known  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("subgroups") and given.get("kind") != VersionKind.PREDICTIONS:
            self.add_error(
                "subgroups",
                _("A model file holds no records: name the groups where its dataset is uploaded."),
            )
        if given.get("trained_on") and given.get("kind") == VersionKind.PREDICTIONS:
            self.add_error(
                "trained_on", _("A predictions file brings its own records: leave this empty.")
            )
        return given


class VersionForm(forms.ModelForm[ModelVersion]):
    """What is said about a version, after its file was uploaded."""

    trained_on = DataChoice(
        label=_("Trained on"),
        queryset=None,
        required=False,
        empty_label=_("Not in this register"),
        help_text=_("The records that this version learned from, as registered under Datasets."),
    )
    retain_until = DateField(
        label=_("Keep the file until"),
        required=False,
        help_text=_("Leave it empty to keep the file until somebody deletes it."),
    )

    class Meta:
        model = ModelVersion
        fields = ("trained_on", "note", "retain_until")

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Django's own signature
        super().__init__(*args, **kwargs)
        known = datasets.auditable_versions(self.instance.client)
        self.fields["trained_on"].queryset = known  # type: ignore[attr-defined]
        if self.instance.kind == VersionKind.PREDICTIONS:  # it brings its own records
            del self.fields["trained_on"]
        if self.instance.file_id is None:
            del self.fields["retain_until"]
