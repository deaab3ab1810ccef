from django import forms
from django.utils.translation import gettext_lazy as _

from audits.enums import DataClass
from audits.models import AITool, Client
from audits.queries import tool as tools
from audits.web.forms.fields import DateField, choose


class AIToolForm(forms.ModelForm[AITool]):
    """A third-party AI tool: what goes in, whether it is trained on, what was decided."""

    next_review = DateField(label=_("Next review"), required=False)

    class Meta:
        model = AITool
        fields = (
            "name",
            "vendor",
            "data_class",
            "data_note",
            "trains_on_data",
            "decision",
            "conditions",
            "next_review",
        )
        widgets = {"conditions": forms.Textarea(attrs={"rows": 2})}  # noqa: RUF012 - Django's own way
        help_texts = {  # noqa: RUF012 - Django's own way
            "name": _("With its plan: terms follow the plan, not the brand."),
            "data_note": _("For example: meeting notes, CVs, invoices."),
            "trains_on_data": _("Look in the contract; not knowing counts as yes."),
            "conditions": _("Which data may go in, and under which conditions."),
        }

    def __init__(self, *args: object, client: Client, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.client = client
        choose(self.fields["data_class"], DataClass.choices, blank=True)

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        taken = tools.of_client(self.client).filter(name=name).exclude(pk=self.instance.pk)
        if taken.exists():
            raise forms.ValidationError(_("This client has a tool of that name already."))
        return name
