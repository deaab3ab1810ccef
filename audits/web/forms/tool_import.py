from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from audits.enums import DataClass
from audits.models import Client
from audits.services import tool_list
from audits.services.tool_list import Found, Mapped
from audits.web.forms.lists import ColumnField, ListColumnsForm


class ToolColumnsForm(ListColumnsForm):
    """Which column of a list of tools says what, and what holds for all of them."""

    heads = tool_list.HEADS

    name = ColumnField(gettext_lazy("Name of the tool"), required=True)
    vendor = ColumnField(gettext_lazy("Vendor"))
    people = ColumnField(gettext_lazy("People who use it"))
    note = ColumnField(gettext_lazy("What for"))
    data_class = forms.ChoiceField(
        label=gettext_lazy("Most sensitive data that goes in"),
        choices=[("", gettext_lazy("Choose…")), *DataClass.choices],
        help_text=gettext_lazy("For all of them; change single ones afterwards."),
    )

    def preview(self, client: Client) -> list[Found]:
        """Every row as it would be taken over."""
        places: dict[str, Any] | None = self.places
        if places is None:
            return []
        return tool_list.look_over(self.list, Mapped(**places), client)
