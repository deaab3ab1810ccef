"""Rating policies for tests: what a provider or a client asks for beyond the house policy."""

from audits.guidance.strictness import Asked
from audits.models import Client, RatingPolicy


def make_policy(
    provider_id: int, *, client: Client | None = None, asked: Asked | None = None, number: int = 1
) -> RatingPolicy:
    """A revision as it is stored; one that asks for nothing leaves the house policy as it is."""
    made = RatingPolicy.objects.create(
        provider_id=provider_id,
        client=client,
        number=number,
        asks=(asked or Asked()).stored(),
        reason="Nothing beyond the house policy is needed.",
    )
    made.refresh_from_db()
    return made
