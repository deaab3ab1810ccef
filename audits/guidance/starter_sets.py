"""Where to begin: a few controls for each situation, in the order in which to take them up."""

from collections.abc import Mapping
from types import MappingProxyType

_WEEK_ONE = ("AI-01", "AI-02", "AI-05", "AI-32", "AI-33", "AI-35")
_TRAINS = ("AI-04", "AI-06", "AI-07", "AI-19", "AI-25", "AI-27")

STARTER_SETS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "week_one": _WEEK_ONE,
        "trains": (*_WEEK_ONE, *_TRAINS),
        "provider": (*_WEEK_ONE, "AI-14", "AI-15", "AI-16", "AI-17", "AI-38"),
        # After these the test is run once more, which is where the last one stands.
        "red_audit": ("AI-20", "AI-09", "AI-22", "AI-24", "AI-25", "AI-26", "AI-27"),
    }
)
