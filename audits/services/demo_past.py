"""Clients of the demo whose audits lie behind them: what the engine finds now, dated back.

The results are real measurements of made-up records, made while the demo is seeded; only their
dates are set so that every state a client can be in is there to be seen.
"""

from dataclasses import dataclass
from datetime import timedelta
from random import Random

from django.utils import timezone

from audits.enums import DataClass, Exposure, Impact, Lifecycle, Outputs, Reveals
from audits.models import Client, Membership, User
from audits.queries import rating_policy
from audits.services import checklist, demo_care, made_rows
from audits.services import client as clients
from audits.services.made_plan import PlannedAudit, PlannedClient, PlannedModel
from audits.services.made_rows import Drawn

_SEED = 3
_NOTE = "Made up for the demo."
_LIFE = timedelta(days=700)


@dataclass(frozen=True, kw_only=True)
class Past:
    """A client, its one model, and how many days ago its audits said what; '' is a failure."""

    name: str
    industry: str
    contact: str
    data_class: DataClass
    impact: Impact
    model: str
    purpose: str
    people: str
    exposure: Exposure
    said: tuple[tuple[int, str], ...]
    answered: int = 0

    def planned(self) -> PlannedClient:
        model = PlannedModel(
            name=self.model,
            purpose=f"{self.purpose} {_NOTE}",
            people=self.people,
            impact=self.impact,
            reveals=Reveals.YES if self.impact == Impact.SPECIAL else Reveals.NO,
            exposure=self.exposure,
            outputs=Outputs.PROBS,
            lifecycle=Lifecycle.IN_REVIEW,
            age=_LIFE,
            has_newer_version=False,
            audits=[PlannedAudit(age=timedelta(days=days), case=case) for days, case in self.said],
        )
        return PlannedClient(
            name=self.name,
            contact=self.contact,
            industry=self.industry,
            data_class=self.data_class,
            impact=self.impact,
            models=[model],
            note=_NOTE,
            seed=self.name,
        )


EXPIRED = Past(
    name="Summit Insurance (simulated data)",
    industry="Insurance",
    contact="Jonas Weber",
    data_class=DataClass.FINANCE,
    impact=Impact.SENSITIVE,
    model="Claims triage",
    purpose="Sorts claims by urgency.",
    people="Simulated policy holders",
    exposure=Exposure.INTERNAL,
    said=((610, "noticeable"), (430, "some")),
    answered=4,
)
FAILED = Past(
    name="Garden Hotels (simulated data)",
    industry="Hospitality",
    contact="Lucía Ramos",
    data_class=DataClass.PERSONAL,
    impact=Impact.PERSONAL,
    model="No-show forecast",
    purpose="Says which bookings may not arrive.",
    people="Simulated guests",
    exposure=Exposure.NAMED,
    said=((120, "trace"), (2, "")),
    answered=2,
)
WORST = Past(
    name="Harbour Dental (simulated data)",
    industry="Health care",
    contact="Dr Amelia Okafor",
    data_class=DataClass.HEALTH,
    impact=Impact.SPECIAL,
    model="Treatment forecast",
    purpose="Suggests who may need treatment, to partners with a log-in.",
    people="Simulated patients",
    exposure=Exposure.CUSTOMERS,
    said=((200, "noticeable"), (9, "severe")),
    answered=3,
)
UNKNOWN = Past(
    name="Millbrook School (simulated data)",
    industry="Education",
    contact="Ruth Adler",
    data_class=DataClass.CHILDREN,
    impact=Impact.SENSITIVE,
    model="Support forecast",
    purpose="Shows who may need support.",
    people="Simulated pupils",
    exposure=Exposure.INTERNAL,
    said=(),
)
BEST = Past(
    name="Orchard Stores (simulated data)",
    industry="Retail",
    contact="Ben Carter",
    data_class=DataClass.INTERNAL,
    impact=Impact.INTERNAL,
    model="Demand forecast",
    purpose="Says what to order.",
    people="Simulated baskets, no names",
    exposure=Exposure.NAMED,
    said=((210, "trace"), (100, "clean"), (12, "clean")),
    answered=6,
)


def add(*, provider_id: int, lead: Membership, actor: User, past: Past) -> Client:
    """Create a client of the demo with the audits that lie behind it."""
    client = clients.create(
        provider_id=provider_id,
        actor=actor,
        name=past.name,
        industry=past.industry,
        contact_name=past.contact,
        time_zone="Europe/London",
        is_demo=True,
    )
    Client.objects.filter(pk=client.pk).update(lead=lead)
    cases = {case for _days, case in past.said if case}
    made_rows.fill(
        Drawn(
            client=client,
            planned=past.planned(),
            actor=actor,
            results=made_rows.results_of(cases, seed=_SEED),
            policy=rating_policy.of_client(client),
            now=timezone.now(),
            chance=Random(past.name),  # noqa: S311 - no secret hangs on it
        )
    )
    checklist.refresh(client=client)
    demo_care.begin_checklist(client=client, actor=actor, answers=past.answered)
    return client
