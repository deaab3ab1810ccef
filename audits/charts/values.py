"""What every chart is made of: a table, a contract, and how numbers are written in words."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from audits.charts.words import WORDS, say

FALSE_ALARM_RATES: Final[tuple[str, ...]] = ("0.001", "0.01", "0.1")
COUNTING_RATES: Final = FALSE_ALARM_RATES[:2]
"""Those that may move a verdict; the widest is for orientation."""


@dataclass(frozen=True, slots=True)
class Table:
    """The chart's numbers as text, for people who do not see the picture."""

    caption: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """A measured share with its two-sided 95% limits; None where it may not be reported."""

    value: float | None
    low: float | None
    high: float | None
    reportable: bool
    rated: bool


class Chart(Protocol):
    """The functions a chart module offers; all read only what ``series`` froze."""

    NAME: str

    def series(self, document: Mapping[str, Any], /) -> Any: ...  # noqa: ANN401 - each its own
    def figure(self, series: Any, *, dark: bool) -> dict[str, Any]: ...  # noqa: ANN401 - the same
    def svg(self, series: Any) -> bytes: ...  # noqa: ANN401 - the same
    def table(self, series: Any) -> Table: ...  # noqa: ANN401 - the same
    def alt_text(self, series: Any) -> str: ...  # noqa: ANN401 - the same
    def title(self, series: Any) -> str: ...  # noqa: ANN401 - the same


def attack_label(key: str) -> str:
    """Name an attack; one that is newer than the words goes by its key."""
    return say(f"attack.{key}") if f"attack.{key}" in WORDS.sentences else key


def invalid_title() -> str:
    return say("reading.invalid")


def at_rate(rate: str) -> str:
    """Head a column of what is found at a false alarm rate."""
    return say("reading.at_rate", rate=percent(float(rate)))


def percent(share: float, *, extra_digits: int = 0) -> str:
    """Write a share as a percentage with the two digits that matter: 0.1%, 1.8%, 18%."""
    value = share * 100
    if value in (0, 100):
        return f"{value:.0f}%"
    digits = max(0, 1 - math.floor(math.log10(value))) + extra_digits
    text = f"{value:.{digits}f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text}%"


def of_people(share: float, group: int) -> str:
    """Write a share as people: "18 of 100"; a share above none but below one says so."""
    count, whole = share * group, f"{group:,}"
    if 0 < count < 0.5:  # noqa: PLR2004 - would round to nobody
        return say("reading.below_one", group=whole)
    return say("reading.of_group", count=f"{count:,.0f}", group=whole)


def reading_of(values: Mapping[str, Any]) -> Reading:
    return Reading(
        value=values["value"],
        low=values["low"],
        high=values["high"],
        reportable=values["reportable"],
        rated=values["rated"],
    )


def counted_as(unit: str) -> str:
    """Tell which form of a sentence fits: the figures of a result count records, or people."""
    return "people" if unit == "person" else "records"


def too_few(unit: str) -> str:
    """Say what there are too few of."""
    return say(f"reading.too_few_{counted_as(unit)}")


def with_limits(value: str, low: str, high: str, *, rated: bool = True) -> str:
    """Write a figure with its limits, and say when it is only indicative."""
    return say("reading.rated" if rated else "reading.indicative", value=value, low=low, high=high)


def auc_text(value: float, low: float, high: float, *, rated: bool = True) -> str:
    """Write an AUC with its limits."""
    return with_limits(f"{value:.3f}", f"{low:.3f}", f"{high:.3f}", rated=rated)


def reading_text(reading: Reading, *, unit: str = "record") -> str:
    """Write "18% (15% to 21%)", and say when it is only indicative or too few records."""
    if not reading.reportable or reading.value is None:
        return too_few(unit)
    low = reading.low or 0.0
    high = 1.0 if reading.high is None else reading.high
    extra = next((n for n in range(3) if _told_apart(low, high, extra_digits=n)), 2)
    value, lower, upper = (
        percent(share, extra_digits=extra) for share in (reading.value, low, high)
    )
    return with_limits(value, lower, upper, rated=reading.rated)


def _told_apart(low: float, high: float, *, extra_digits: int) -> bool:
    return percent(low, extra_digits=extra_digits) != percent(high, extra_digits=extra_digits)


def leading_attack(document: Mapping[str, Any]) -> str | None:
    """Name the attack the verdict rests on; else, of its family, the one with the surest AUC."""
    if document["best_attack"] is not None:
        return str(document["best_attack"])
    attacks: Mapping[str, Any] = document["attacks"]
    family = sorted(set(document.get("family", ())) & set(attacks)) or sorted(attacks)
    return max(family, key=lambda key: float(attacks[key]["auc"]["low"]), default=None)


def headline_rate(readings: Mapping[str, Reading]) -> str | None:
    """Pick the false alarm rate to speak about: the lowest rated, else the lowest reportable."""
    for wanted in ("rated", "reportable"):
        for rate in FALSE_ALARM_RATES:
            if getattr(readings[rate], wanted) and readings[rate].value is not None:
                return rate
    return None


_FINE_TICKS_BELOW_DECADES: Final = 2.2


def ticks(low: float) -> tuple[tuple[float, ...], tuple[str, ...]]:
    """Choose the marks of an axis from ``low`` to 1, denser where it spans few decades."""
    decades = math.ceil(-math.log10(low))
    fine = -math.log10(low) < _FINE_TICKS_BELOW_DECADES
    marks = [
        factor / 10**power
        for power in range(decades, 0, -1)
        for factor in ((1, 2, 5) if fine else (1,))
    ]
    kept = tuple(mark for mark in [*marks, 1.0] if mark >= low * 0.999)
    return kept, tuple(percent(mark) for mark in kept)
