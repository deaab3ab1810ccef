"""Two people, or two tabs, with the same form open: nobody writes over what was not seen."""

import hashlib
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.http import QueryDict


class Meanwhile(forms.BaseModelForm[Any]):
    """A form that remembers how its row stood when the page was drawn, and says if it moved on.

    What was typed stays in the form, which now knows how the row stands: sent once more, it is
    saved. A form that is sent without the hidden field is taken as it is.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Django's own signature
        super().__init__(*args, **kwargs)
        told = repr(sorted((name, str(value)) for name, value in self.initial.items()))
        self.standing = hashlib.sha256(told.encode()).hexdigest()[:16]
        if self.instance.pk is not None:
            self.fields["stood"] = forms.CharField(
                max_length=16, required=False, widget=forms.HiddenInput, initial=self.standing
            )

    def clean(self) -> dict[str, Any] | None:
        stood = self.cleaned_data.pop("stood", "")
        if stood and stood != self.standing:
            data = cast("QueryDict", self.data).copy()
            data[self.add_prefix("stood")] = self.standing
            self.data = data
            self.add_error(
                None,
                _(
                    "This was changed on another page meanwhile. What you typed still stands here:"
                    " save it once more to keep yours, or cancel to see the other."
                ),
            )
        return super().clean()
