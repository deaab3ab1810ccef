"""The audit engine: how well can an attacker tell a model's training records from others?

>>> from sklearn.datasets import load_breast_cancer
>>> from sklearn.tree import DecisionTreeClassifier
>>> from audits.engine import AuditPlan, audit, in_memory
>>> X, y = load_breast_cancer(return_X_y=True)
>>> model = DecisionTreeClassifier(random_state=0).fit(X[::2], y[::2])
>>> inputs = in_memory(model, members=(X[::2], y[::2]), nonmembers=(X[1::2], y[1::2]))
>>> result = audit(inputs, AuditPlan(split="random"))
>>> verdict = result.document["verdict"]
>>> verdict["outcome"]  # 285 members are too few to settle anything
'inconclusive'
>>> result.document["references"]["count"] in {8, 16}
True

`audit` takes two callbacks: ``on_progress(step, total, name)`` as each step starts, and
``should_cancel() -> bool``, asked between steps. Files are read by
`audits.engine.inputs.read_inputs`.

It knows no web framework, no database and no path. Importing it is cheap: scipy, scikit-learn,
torch, pyarrow and skops are loaded by what needs them.
"""

from typing import TYPE_CHECKING, Any

from audits.engine.registry import ATTACKS
from audits.engine.types import AuditPlan, AuditResult

if TYPE_CHECKING:
    from audits.engine.memory import in_memory
    from audits.engine.pipeline import audit

__all__ = ["ATTACKS", "AuditPlan", "AuditResult", "audit", "in_memory"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - the module protocol
    if name == "audit":
        from audits.engine.pipeline import audit  # noqa: PLC0415 - brings scipy

        return audit
    if name == "in_memory":
        from audits.engine.memory import in_memory  # noqa: PLC0415 - brings the loaders

        return in_memory
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
