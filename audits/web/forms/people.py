from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from audits.enums import Role
from audits.models import Membership
from audits.queries import client as clients
from audits.queries import client_group as groups
from audits.queries import members
from audits.services.member import Grants
from audits.web.forms.client_group import PickMany

EVERY, SOME = "every", "some"


class RoleForm(forms.Form):
    """Which role a person has; offered are those that the actor may give."""

    role = forms.TypedChoiceField(label=_("Role"), coerce=Role, widget=forms.RadioSelect)

    def __init__(
        self, data: object, *, roles: Iterable[Role], held: Membership | None = None
    ) -> None:
        super().__init__(data, initial=self.held_already(held))  # type: ignore[arg-type]
        choices = [(role.value, f"{role.label}: {role.duties}") for role in roles]
        self.fields["role"].choices = choices  # type: ignore[attr-defined]

    def held_already(self, held: Membership | None) -> dict[str, Any]:
        return {} if held is None else {"role": held.role}


class AddressField(forms.EmailField):
    """The address of somebody who is asked in."""

    def __init__(self) -> None:
        super().__init__(
            label=_("E-mail"),
            help_text=_("The person logs in with it, and nobody else can use the invitation."),
            widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        )


class InviteForm(RoleForm):
    """Whom to ask in to a client, as what."""

    email = AddressField()
    field_order = ("email", "role")


class StaffForm(RoleForm):
    """Role of a person of the provider, and what the person may open."""

    reach = forms.ChoiceField(
        label=_("Clients"),
        choices=[
            (SOME, _("Those chosen below, and none without a choice")),
            (EVERY, _("Every client, new ones included")),
        ],
        initial=SOME,
        widget=forms.RadioSelect,
        help_text=_("For technicians. Administrators open every client."),
    )
    groups = forms.ModelMultipleChoiceField(  # type: ignore[var-annotated]
        label=_("Groups"),
        queryset=None,
        required=False,
        widget=PickMany,
        help_text=_("With the clients that join them later."),
    )
    clients = forms.ModelMultipleChoiceField(  # type: ignore[var-annotated]
        label=_("Single clients"), queryset=None, required=False, widget=PickMany
    )

    def __init__(
        self,
        data: object,
        *,
        roles: Iterable[Role],
        provider_id: int,
        held: Membership | None = None,
    ) -> None:
        super().__init__(data, roles=roles, held=held)
        offered = {"groups": groups.of_provider(provider_id)}
        offered["clients"] = clients.of_provider(provider_id)  # type: ignore[assignment]
        for name, rows in offered.items():
            self.fields[name].queryset = rows  # type: ignore[attr-defined]
            if not rows:
                del self.fields[name]

    def held_already(self, held: Membership | None) -> dict[str, Any]:
        if held is None:
            return {}
        opens = members.grants_of(held)
        return {
            "role": held.role,
            "reach": EVERY if held.all_clients else SOME,
            "groups": opens.groups,
            "clients": opens.clients,
        }

    @property
    def grants(self) -> Grants:
        """What was chosen, as the services take it."""
        given = self.cleaned_data
        if given["reach"] == EVERY:
            return Grants(all_clients=True)
        return Grants(
            clients=tuple(given.get("clients", ())), groups=tuple(given.get("groups", ()))
        )


class InviteStaffForm(StaffForm):
    """Whom to ask in to the provider's own team, as what, with which clients."""

    email = AddressField()
    field_order = ("email", "role", "reach", "groups", "clients")
