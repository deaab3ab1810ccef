"""The provider's own company in the demo: what an MSP asks itself before it asks its clients."""

from audits.enums import (
    DataClass,
    Exposure,
    Impact,
    Lifecycle,
    Origin,
    Outputs,
    Reveals,
    ToolDecision,
    TrainsOnData,
)
from audits.models import ChecklistItem, Client, Membership, User
from audits.services import ai_model, demo_care, demo_tools, tool
from audits.services import client as clients

NAME = "Northgate IT, our own company"
_CONTACT = "Nora Northgate"
_TOOLS = (
    ("Ticket summaries", DataClass.CLIENT, TrainsOnData.NO, ToolDecision.APPROVE_LISTED),
    ("Script assistant", DataClass.INTERNAL, TrainsOnData.OPT_OUT, ToolDecision.UNDECIDED),
)
# What only a provider is asked, with what its people would say about the planned model.
_PLANNED = "AI-14", "AI-15", "AI-16", "AI-17"


def add(*, provider_id: int, lead: Membership, actor: User, approver: User) -> Client:
    """Create the provider's own company: two tools, a planned model, a begun checklist."""
    client = clients.create(
        provider_id=provider_id,
        actor=actor,
        name=NAME,
        industry="Managed IT services",
        contact_name=_CONTACT,
        time_zone="Europe/London",
        is_house=True,
        is_demo=True,
    )
    Client.objects.filter(pk=client.pk).update(lead=lead)
    for name, data_class, trains, decision in _TOOLS:
        made = tool.save(
            client=client,
            actor=actor,
            tool=None,
            values={"name": name, "vendor": "Example vendor", "data_class": data_class},
        )
        if decision != ToolDecision.UNDECIDED:
            demo_tools.settle(
                tool=made, actor=actor, approver=approver, trains=trains, decision=decision
            )
    ai_model.register(
        client=client,
        actor=actor,
        values={
            "name": "Ticket reply drafts",
            "purpose": "Would draft answers to support tickets. Whether it may learn from the"
            " tickets of all clients is not decided.",
            "people": "People at clients who wrote a ticket",
            "owner_name": _CONTACT,
            "origin": Origin.PLANNED,
            "impact": Impact.SENSITIVE,
            "reveals": Reveals.NO,
            "exposure": Exposure.NAMED,
            "outputs": Outputs.LABEL,
            "lifecycle": Lifecycle.DRAFT,
        },
    )
    items = ChecklistItem.objects.filter(client=client, control__in=_PLANNED)
    demo_care.answer_in_turn(items=items.order_by("control"), actor=actor)
    return client
