"""What a world for load tests consists of: drawn from a seed, so that it can be made again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from random import Random

from audits.enums import DataClass, Exposure, Impact, Lifecycle, Outputs, Reveals
from audits.services.made_plan import PlannedAudit, PlannedClient, PlannedModel

NOTE = "Made up for load tests."
_YEARS = timedelta(days=3 * 365)
_LATELY = timedelta(days=366)
# Shares, as they are seen where providers look after many clients.
_NEVER_AUDITED, _OF_THE_TRADE, _WITH_A_NEWER_VERSION = 0.06, 0.7, 0.08
_NOT_LATELY, _OTHER_RESULT, _ENDED_BADLY, _STOPPED = 0.12, 0.2, 0.03, 0.3
_PLACES = (
    "Harbour", "Lakeside", "Northgate", "Brightline", "Fernhill", "Millbrook", "Ashdown", "Kings",
    "Old Town", "Westfield", "Riverside", "Oakwood", "Summit", "Garden", "Station", "Bridge",
    "Castle", "Meadow", "Quarry", "Orchard",
)  # fmt: skip
# A trade with what it does, and the data that its models learn from.
TRADES: tuple[tuple[str, str, DataClass, Impact], ...] = (
    ("Dental", "Health care", DataClass.HEALTH, Impact.SPECIAL),
    ("Lending", "Consumer loans", DataClass.FINANCE, Impact.SENSITIVE),
    ("Staffing", "Recruitment", DataClass.HR, Impact.SENSITIVE),
    ("Parcels", "Logistics", DataClass.INTERNAL, Impact.INTERNAL),
    ("Stores", "Retail", DataClass.PERSONAL, Impact.PERSONAL),
    ("Insurance", "Insurance", DataClass.FINANCE, Impact.SENSITIVE),
    ("Hotels", "Hospitality", DataClass.PERSONAL, Impact.PERSONAL),
    ("Tools", "Manufacturing", DataClass.INTERNAL, Impact.INTERNAL),
    ("School", "Education", DataClass.CHILDREN, Impact.SENSITIVE),
    ("Solicitors", "Legal services", DataClass.CLIENT, Impact.SENSITIVE),
)
_TASKS = (
    "No-show forecast", "Churn score", "Default score", "Demand forecast", "Ticket routing",
    "Fraud check", "Attrition forecast", "Lead score", "Triage", "Price estimate", "Spam filter",
    "Document sorting", "Late payment score", "Stock forecast", "Complaint sorting",
)  # fmt: skip
_PEOPLE = ("Customers", "Patients", "Applicants", "Staff", "Guests", "Pupils", "Visitors")
TOOLS = (
    "Chat assistant", "Meeting notes", "Dictation", "CV screening", "Translation", "Code helper",
    "Picture maker", "Search assistant", "Help desk answers", "Contract reader",
)  # fmt: skip
# From the best kept client to the worst: how often its audits say what.
_TEMPERS: tuple[dict[str, int], ...] = (
    {"clean": 14, "trace": 5, "hint": 1},
    {"clean": 10, "trace": 6, "hint": 2, "noticeable": 1, "few": 1},
    {"clean": 6, "trace": 6, "hint": 2, "noticeable": 3, "few": 2, "some": 1},
    {"clean": 3, "trace": 4, "hint": 2, "noticeable": 4, "few": 2, "serious": 2, "void": 1},
    {"trace": 2, "noticeable": 3, "serious": 3, "some": 2, "severe": 3, "few": 1, "void": 1},
)


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much there is to be of everything."""

    clients: int
    models: int
    audits: int


def world(size: Size, *, seed: int) -> Iterator[PlannedClient]:
    """Draw the clients one after the other; the sums are exactly those asked for."""
    chance = Random(f"{seed}")  # noqa: S311 - no secret hangs on it
    weights = [0.3 + chance.expovariate(1.0) for _ in range(size.clients)]
    models, audits = _shared(size.models, weights), _shared(size.audits, weights)
    for number, (own_models, own_audits) in enumerate(zip(models, audits, strict=True)):
        yield _client(number, own_models, own_audits, seed=f"{seed}/{number}")


def _shared(total: int, weights: Sequence[float]) -> list[int]:
    """Cut a number into whole parts of about these weights."""
    whole, bounds, reached = sum(weights), [0], 0.0
    for weight in weights:
        reached += weight
        bounds.append(round(total * reached / whole))
    return [after - before for before, after in pairwise(bounds)]


def _client(number: int, models: int, audits: int, *, seed: str) -> PlannedClient:
    chance = Random(seed)  # noqa: S311 - no secret hangs on it
    trade, industry, data_class, impact = TRADES[number % len(TRADES)]
    temper = chance.choices(_TEMPERS, weights=(5, 6, 5, 3, 2))[0]
    # Some models are never audited, the others share what there is.
    audited = [chance.random() >= _NEVER_AUDITED for _ in range(models)]
    shares = [(0.5 + chance.expovariate(1.0)) * one for one in audited]
    counts = _shared(audits, shares) if any(shares) else [0] * models
    return PlannedClient(
        contact=f"Contact {number + 1}",
        name=f"{_PLACES[(number * 7) % len(_PLACES)]} {trade} {number + 1:03d}",
        industry=industry,
        data_class=data_class,
        impact=impact,
        models=[_model(index, count, impact, temper, chance) for index, count in enumerate(counts)],
        note=NOTE,
        seed=f"{seed}/rows",
    )


def _model(
    index: int, audits: int, impact: Impact, temper: dict[str, int], chance: Random
) -> PlannedModel:
    age = timedelta(days=chance.randint(20, _YEARS.days))
    usual = chance.random() < _OF_THE_TRADE
    return PlannedModel(
        name=f"{_TASKS[index % len(_TASKS)]} {index + 1}",
        purpose=NOTE,
        people=chance.choice(_PEOPLE),
        impact=impact if usual else chance.choice([*Impact]),
        reveals=chance.choices([*Reveals], weights=(2, 6, 1))[0],
        exposure=chance.choices([*Exposure], weights=(1, 3, 8, 4, 1))[0],
        outputs=chance.choices([*Outputs], weights=(3, 1, 8, 1, 0, 1))[0],
        lifecycle=chance.choices([*Lifecycle], weights=(1, 3, 8, 2, 1, 1))[0],
        age=age,
        has_newer_version=chance.random() < _WITH_A_NEWER_VERSION,
        audits=_audits(audits, age, temper, chance),
    )


def _audits(
    count: int, age: timedelta, temper: dict[str, int], chance: Random
) -> list[PlannedAudit]:
    """Spread audits over the life of a model; what it says changes now and then."""
    # One in eight was last looked at more than a year ago.
    lately = _LATELY if chance.random() < _NOT_LATELY else timedelta()
    since = max(timedelta(hours=20), age - lately)
    ages = sorted((lately + since * chance.random() for _ in range(count)), reverse=True)
    cases, weights = [*temper], [*temper.values()]
    case = chance.choices(cases, weights)[0]
    told = []
    for one in ages:
        if chance.random() < _OTHER_RESULT:
            case = chance.choices(cases, weights)[0]
        ended_badly = chance.random() < _ENDED_BADLY
        told.append(
            PlannedAudit(
                age=one,
                case="" if ended_badly else case,
                is_cancelled=ended_badly and chance.random() < _STOPPED,
            )
        )
    return told
