from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from audits.enums import Answer
from audits.models import ChecklistItem
from audits.web.forms.fields import DateField


class AnswerForm(forms.ModelForm[ChecklistItem]):
    """How a control stands, who sees to it and until when."""

    due = DateField(label=_("Due"), required=False)

    class Meta:
        model = ChecklistItem
        fields = ("answer", "reason", "owner_name", "due", "note")
        widgets = {  # noqa: RUF012 - Django's own way
            "answer": forms.RadioSelect,
            "note": forms.Textarea(attrs={"rows": 2}),
        }
        help_texts = {  # noqa: RUF012 - Django's own way
            "reason": _("Only needed for “Not applicable”."),
        }

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("answer") == Answer.NOT_APPLICABLE and not given.get("reason", "").strip():
            self.add_error("reason", _("Say why it does not apply."))
        return given
