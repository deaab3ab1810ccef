"""The audit engine: how well can an attacker tell a model's training records from others?

>>> from audits.engine import AuditPlan, audit
>>> from audits.engine.inputs import read_inputs
>>> plan = AuditPlan(target="label")
>>> files = {"model": ..., "members": ..., "nonmembers": ...}  # open binary files
>>> audit(read_inputs(files, plan), plan).document["verdict"]  # doctest: +SKIP

It knows no web framework, no database and no path. Importing it is cheap: scipy, scikit-learn,
pyarrow and skops are loaded by what needs them.
"""

from typing import TYPE_CHECKING, Any

from audits.engine.registry import ATTACKS
from audits.engine.types import AuditPlan, AuditResult

if TYPE_CHECKING:
    from audits.engine.pipeline import audit

__all__ = ["ATTACKS", "AuditPlan", "AuditResult", "audit"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - the module protocol
    if name == "audit":
        from audits.engine.pipeline import audit  # noqa: PLC0415 - brings scipy

        return audit
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
