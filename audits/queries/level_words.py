"""The codes of a verdict with the word beside each: a bare L4 or C says nothing by itself."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

_SHOWN: Final[Mapping[str, Any]] = {
    "L0": _("L0: no sign"),
    "L1": _("L1: a trace"),
    "L2": _("L2: noticeable"),
    "L3": _("L3: serious"),
    "L4": _("L4: severe"),
}
_NOT_RULED_OUT: Final[Mapping[str, Any]] = {**_SHOWN, "L0": _("L0: nothing larger")}
_GRADES: Final[Mapping[str, Any]] = {
    "A": _("A: strong, down to 1 wrong accusation in 1,000"),
    "B": _("B: good, down to 1 wrong accusation in 100"),
    "C": _("C: weak, overall tendency only"),
}


def shown(level: str, *, settled: bool = True) -> str:
    """How large a leak was shown; where nothing was settled, no level is no clean result."""
    if level == "L0" and not settled:
        return gettext("L0: nothing that counts")
    return str(_SHOWN.get(level, level))


def not_ruled_out(level: str) -> str:
    """How large a leak may still be there."""
    return str(_NOT_RULED_OUT.get(level, level))


def grade(letter: str) -> str:
    """How much the evidence proves."""
    return str(_GRADES.get(letter, letter))
