"""The facts that the guidance rules ask about, read from models, datasets and tools."""

from collections.abc import Container, Iterable

from audits.enums import DataClass
from audits.guidance import rating, reading
from audits.guidance.advice import Asset
from audits.guidance.facts import FactValue
from audits.models import AITool, Client, Dataset
from audits.queries.risk import ModelRisk

Facts = dict[str, FactValue]

PERSONAL_FROM = 3
_NOT_PERSONAL = frozenset({DataClass.PUBLIC, DataClass.INTERNAL})
# A model entry names the class of its data only; a dataset entry names the kind.
_CLASS_BY_IMPACT = {1: "public", 2: "internal", 3: "personal", 4: "client", 5: "special"}
IMPACT_BY_CLASS = {
    DataClass.PUBLIC: 1,
    DataClass.INTERNAL: 2,
    DataClass.PERSONAL: 3,
    DataClass.HR: 4,
    DataClass.FINANCE: 4,
    DataClass.CLIENT: 4,
    DataClass.CHILDREN: 4,
    DataClass.HEALTH: 5,
    DataClass.BIOMETRIC: 5,
    DataClass.SPECIAL: 5,
}


def of_model(risk: ModelRisk, *, has_findings: bool) -> Facts:
    """Facts of a model with the result that speaks for it."""
    model, version, audit = risk.model, risk.version, risk.audit
    facts: Facts = {
        "asset": "model",
        "org": "smb",
        "clients": 1,
        "data.personal": model.impact >= PERSONAL_FROM,
        "data.class": _CLASS_BY_IMPACT[model.impact],
        "S": risk.rating.impact,
        "origin": model.origin,
        "exposure": model.exposure,
        "outputs": model.outputs,
        "training.dp": model.dp_unit,
    }
    if version is not None and version.family:
        facts["model.family"] = reading.family_word(version.family)
        leaf = version.facts.get("min_samples_leaf")
        if isinstance(leaf, int | float) and leaf >= 1:  # below one it is a share of the records
            facts["tree.min_leaf"] = leaf
    if audit is not None:
        facts["finding.exists"] = has_findings
        facts["finding.leak"] = audit.reached or None
    return facts


def of_dataset(dataset: Dataset) -> Facts:
    """Facts of a dataset."""
    return {
        "asset": "dataset",
        "org": "smb",
        "data.class": dataset.data_class,
        "data.personal": dataset.data_class not in _NOT_PERSONAL,
        "S": rating.effective_impact(dataset.impact, rating.Reveals(dataset.reveals))[0],
    }


def of_tool(tool: AITool) -> Facts:
    """Facts of a third-party AI tool."""
    return {
        "asset": "tool",
        "org": "smb",
        "S": IMPACT_BY_CLASS[DataClass(tool.data_class)],
        "data.class": tool.data_class,
        "data.personal": tool.data_class not in _NOT_PERSONAL,
        "vendor.trains": None if tool.trains_on_data == "unknown" else tool.trains_on_data,
        "decision": tool.decision,
    }


def assets_of(
    client: Client, risks: Iterable[ModelRisk], *, speaking: Container[int]
) -> list[Asset]:
    """Every model, dataset and tool with its facts; `speaking` are audits that have findings."""
    models = [
        Asset(
            name=row.model.name,
            pk=row.model.pk,
            facts=of_model(row, has_findings=row.audit is not None and row.audit.pk in speaking),
        )
        for row in risks
    ]
    datasets = [
        Asset(name=row.name, pk=row.pk, facts=of_dataset(row))
        for row in Dataset.objects.filter(client=client)
    ]
    tools = [
        Asset(name=row.name, pk=row.pk, facts=of_tool(row))
        for row in AITool.objects.filter(client=client)
    ]
    return [*models, *datasets, *tools]
