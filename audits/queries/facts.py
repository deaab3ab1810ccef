"""The facts that the guidance rules ask about, read from models, datasets and tools."""

from audits.enums import DataClass
from audits.guidance import reading
from audits.guidance.facts import FactValue
from audits.models import AITool, Dataset
from audits.queries.risk import ModelRisk

Facts = dict[str, FactValue]

PERSONAL_FROM = 3
_NOT_PERSONAL = frozenset({DataClass.PUBLIC, DataClass.INTERNAL})
_CLASS_BY_IMPACT = {1: "public", 2: "internal", 3: "personal", 4: "client", 5: "health"}


def of_model(risk: ModelRisk, *, clients: int = 1) -> Facts:
    """Facts of a model with its newest result."""
    model, version, audit = risk.model, risk.version, risk.audit
    facts: Facts = {
        "asset": "model",
        "org": "smb",
        "clients": clients,
        "data.personal": model.impact >= PERSONAL_FROM,
        "data.class": _CLASS_BY_IMPACT[model.impact],
        "S": risk.rating.impact,
        "origin": model.origin,
        "exposure": model.exposure,
        "outputs": model.outputs,
    }
    if version is not None and version.family:
        facts["model.family"] = reading.family_word(version.family)
        leaf = version.facts.get("min_samples_leaf")
        if isinstance(leaf, int) and leaf >= 1:
            facts["tree.min_leaf"] = leaf
    if audit is not None:
        facts["finding.exists"] = True
        facts["finding.leak"] = audit.reached or "L0"
    return facts


def of_dataset(dataset: Dataset) -> Facts:
    """Facts of a dataset."""
    return {
        "asset": "dataset",
        "org": "smb",
        "data.class": dataset.data_class,
        "data.personal": dataset.data_class not in _NOT_PERSONAL,
        "S": dataset.impact,
    }


def of_tool(tool: AITool) -> Facts:
    """Facts of a third-party AI tool."""
    return {
        "asset": "tool",
        "org": "smb",
        "data.class": tool.data_class,
        "data.personal": tool.data_class not in _NOT_PERSONAL,
        "vendor.trains": None if tool.trains_on_data == "unknown" else tool.trains_on_data,
        "decision": tool.decision,
    }
