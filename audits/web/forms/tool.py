from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from audits.enums import DataClass, ToolCategory
from audits.models import AITool, Client
from audits.queries import tool as tools
from audits.queries import vendor as sheets
from audits.web.forms.fields import choose
from audits.web.forms.meanwhile import Meanwhile


class ReportForm(Meanwhile, forms.ModelForm[AITool]):
    """A tool that somebody uses: what it is and what goes in. The rest is the provider's work."""

    class Meta:
        model = AITool
        fields: tuple[str, ...] = ("name", "vendor", "people", "data_class", "data_note")
        help_texts = {  # noqa: RUF012 - Django's own way
            "name": _("With its plan: terms follow the plan, not the brand."),
            "data_note": _("For example: meeting notes, CVs, invoices."),
            "trains_on_data": _("Look in the contract; not knowing counts as yes."),
        }

    def __init__(self, *args: Any, client: Client, **kwargs: Any) -> None:  # noqa: ANN401 - Django's own
        super().__init__(*args, **kwargs)
        self.client = client
        choose(self.fields["data_class"], DataClass.choices, blank=True)

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        taken = tools.of_client(self.client).filter(name__iexact=name).exclude(pk=self.instance.pk)
        if taken.exists():
            raise forms.ValidationError(_("A tool of that name is on the list already."))
        return name


class AIToolForm(ReportForm):
    """The same as the provider's own people know it, with the fact sheet of the vendor."""

    # Declared here: rows of the provider can only be asked for once somebody is known.
    sheet = forms.ModelChoiceField(  # type: ignore[var-annotated]
        label=_("Fact sheet"),
        queryset=None,
        required=False,
        empty_label=_("None yet"),
        help_text=_("What your team knows of the vendor, shared by all of your clients."),
    )

    class Meta(ReportForm.Meta):
        fields = (
            "name",
            "vendor",
            "category",
            "people",
            "data_class",
            "data_note",
            "trains_on_data",
        )

    def __init__(self, *args: Any, client: Client, **kwargs: Any) -> None:  # noqa: ANN401 - Django's own
        super().__init__(*args, client=client, **kwargs)
        choose(self.fields["category"], ToolCategory.choices, blank=False)
        self.fields["sheet"].queryset = sheets.of_provider(client.provider_id)  # type: ignore[attr-defined]
        self.fields["sheet"].initial = self.instance.sheet_id
        if self.instance.sheet_id is not None:  # then the review says it
            del self.fields["trains_on_data"]
        for name in ("category", "trains_on_data"):
            if name in self.fields:
                self.fields[name].required = False

    def clean_category(self) -> str:
        return str(self.cleaned_data["category"] or self.instance.category)

    def clean_trains_on_data(self) -> str:
        return str(self.cleaned_data["trains_on_data"] or self.instance.trains_on_data)
