from django import forms
from django.utils.translation import gettext_lazy as _

from audits.services.note import LONGEST


class NoteForm(forms.Form):
    """A note in plain text."""

    note = forms.CharField(
        label=_("New note"),
        max_length=LONGEST,
        help_text=_(
            "For your own team. The client never sees it: on no page, in no report or file."
        ),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
