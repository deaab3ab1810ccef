"""The rating policies that hold: the house's, and what providers and clients ask for beyond it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audits.enums import Impact, RatingBadge
from audits.guidance.strictness import HOUSE, TIMED, Asked, Policy, Revision, Source
from audits.models import AIModel, Client, RatingPolicy


def revision(row: RatingPolicy) -> Revision:
    """A stored policy as the rating reads it; its day is that of Greenwich, the same everywhere."""
    return Revision(
        source=Source.PROVIDER if row.client_id is None else Source.CLIENT,
        number=row.number,
        dated=row.recorded_at.date(),
        asked=Asked.of(row.asks),
    )


def of_models(listed: Iterable[AIModel]) -> dict[int, Policy]:
    """The policy of each model's client, by client id, in one query however many there are."""
    owners = {model.client_id: model.provider_id for model in listed}
    return _holding(owners)


def of_everyone() -> dict[int, Policy]:
    """The policy of every client in scope, by client id, in two queries."""
    return _holding(dict(Client.objects.order_by().values_list("pk", "provider_id")))


def of_client(client: Client) -> Policy:
    """The policy that holds for a client."""
    return _holding({client.pk: client.provider_id})[client.pk]


def of_provider(provider_id: int) -> Policy:
    """What the provider asks of all of its clients: what a client's own policy stands under."""
    row = history(provider_id=provider_id, client=None).first()
    return _of_rows([row])


def history(*, provider_id: int, client: Client | None) -> QuerySet[RatingPolicy]:
    """Every revision of a client's policy, or of the provider's own, the newest first."""
    rows = RatingPolicy.objects.filter(provider_id=provider_id, client=client)
    return rows.select_related("recorded_by").order_by("-number")


def _holding(owners: Mapping[int, int]) -> dict[int, Policy]:
    of_the_house = Q(client=None, provider__in=set(owners.values()))
    rows = (
        RatingPolicy.objects.filter(Q(client_id__any_of=owners) | of_the_house)
        .order_by("provider_id", "client_id", "-number")
        .distinct("provider_id", "client_id")
    )
    latest = {(row.provider_id, row.client_id): row for row in rows}
    return {
        client: _of_rows([latest.get((provider, None)), latest.get((provider, client))])
        for client, provider in owners.items()
    }


def _of_rows(rows: Iterable[RatingPolicy | None]) -> Policy:
    """The policy of these revisions; one that asks for nothing any more makes nothing stricter."""
    found = [revision(row) for row in rows if row is not None]
    asking = tuple(one for one in found if one.asked.is_anything)
    return Policy(revisions=asking) if asking else HOUSE


@dataclass(frozen=True, kw_only=True)
class Value:
    """What a policy says of a knob, and whether that is stricter than the policy above."""

    text: str
    is_stricter: bool


@dataclass(frozen=True, kw_only=True)
class Knob:
    """One line of the comparison: what house, provider and client say of the same thing."""

    label: str
    values: list[Value]


def own(policy: Policy, source: Source) -> Asked:
    """What one of the two asks for in a policy that holds; nothing where it has none."""
    return next((one.asked for one in policy.revisions if one.source is source), Asked())


def knobs(policies: Iterable[Policy]) -> list[Knob]:
    """Compare policies knob by knob, each with the one before it: the house's comes first."""
    columns = [_texts(policy) for policy in policies]
    return [
        Knob(
            label=label,
            values=[
                Value(text=text, is_stricter=place > 0 and text != texts[place - 1])
                for place, text in enumerate(texts)
            ],
        )
        for label, texts in ((label, [column[label] for column in columns]) for label in columns[0])
    ]


def _texts(policy: Policy) -> dict[str, str]:
    raised = [str(Impact(impact).label) for impact in sorted(policy.raised)]
    unproven = policy.behind_unproven() is not None
    return {
        _("How long an audit counts"): _("%(n)s months") % {"n": policy.months},
        **{
            _("Time to act on %(badge)s") % {"badge": RatingBadge(badge.value).label}: ngettext(
                "%(n)s day", "%(n)s days", policy.days(badge) or 0
            )
            % {"n": policy.days(badge)}
            for badge in TIMED
        },
        _("Data that counts one class higher"): "; ".join(raised) or _("None"),
        _("Ordinary personal data (S3), untested or inconclusive"): (
            _("At least Elevated") if unproven else _("No rule")
        ),
    }
