from typing import Any, cast

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audits.enums import Treatment
from audits.models import ChecklistItem
from audits.queries.assignees import Assignees
from audits.services.risk_decision import SeenTo
from audits.web.forms.checklist import PersonField
from audits.web.forms.fields import DateField, TextIfChosen


class RiskDecisionForm(forms.Form):
    """What is decided about an open action, who stands for it, and who does what is to be done.

    Without `people` nobody is asked who does it.
    """

    treatment = forms.ChoiceField(
        label=_("What is decided?"),
        choices=[
            (Treatment.FIX, _("Fix: do what it asks for")),
            (Treatment.ACCEPT, _("Accept: live with it as it is")),
            (Treatment.AVOID, _("Avoid: stop what makes it necessary")),
            (Treatment.TRANSFER, _("Transfer: somebody else bears it, by contract or insurance")),
        ],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Why"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )
    signature = forms.CharField(
        label=_("Name of the person who decides"),
        max_length=200,
        help_text=_("As it would be signed. It is printed in reports."),
    )
    decided_on = DateField(label=_("Date"))
    owner = PersonField(
        label=_("Who will do it?"), help_text=_("If it is to be fixed. It may be left open.")
    )
    owner_name = TextIfChosen(
        label=_("Somebody without an account"),
        max_length=200,
        required=False,
        help_text=_("Only if the person cannot be chosen above."),
    )

    def __init__(
        self,
        *args: Any,  # noqa: ANN401 - Django's own signature
        signer: str,
        item: ChecklistItem,
        people: Assignees | None,
        **kwargs: Any,  # noqa: ANN401 - the same
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["signature"].initial = signer
        self.fields["decided_on"].initial = timezone.localdate
        if people is None:
            del self.fields["owner"], self.fields["owner_name"]
            return
        self.order_fields(["treatment", "owner", "owner_name"])
        owner = cast("PersonField", self.fields["owner"])
        owner.offer(people, client=item.client, today=item.owner)
        owner.initial = item.owner_id
        self.fields["owner_name"].initial = item.owner_name

    def decided(self) -> dict[str, Any]:
        """What was decided, with who sees to it where it is to be fixed."""
        given = dict(self.cleaned_data)
        owner, name = given.pop("owner", None), given.pop("owner_name", "")
        treatment = Treatment(given["treatment"])
        asked = treatment == Treatment.FIX and "owner" in self.fields and "owner" in self.data
        seen_to = SeenTo(owner=owner, name=name) if asked else None
        return given | {"treatment": treatment, "seen_to": seen_to}
