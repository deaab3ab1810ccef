"""The badges of a rating, in order, and until when the house wants something done about each."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Badge(StrEnum):
    LOW = "low"
    GUARDED = "guarded"
    ELEVATED = "elevated"
    HIGH = "high"
    CRITICAL = "critical"
    UNTESTED = "untested"
    INCONCLUSIVE = "inconclusive"
    EXPIRED = "expired"


SEVERITY = (Badge.LOW, Badge.GUARDED, Badge.ELEVATED, Badge.HIGH, Badge.CRITICAL)

DEADLINE_DAYS: Mapping[Badge, int | None] = MappingProxyType(
    {
        Badge.LOW: None,  # accept
        Badge.GUARDED: 90,
        Badge.ELEVATED: 60,
        Badge.HIGH: 30,
        Badge.CRITICAL: 7,
    }
)
