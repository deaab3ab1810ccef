"""The facts that the guidance rules ask about, read from models, datasets and tools."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from audits import tenancy
from audits.enums import DataClass
from audits.guidance import rating, reading
from audits.guidance.advice import Asset
from audits.guidance.facts import FactValue
from audits.guidance.strictness import Policy
from audits.models import AIModel, AITool, Client, Dataset, Finding
from audits.queries import rating_policy, risk
from audits.queries.risk import ModelRisk

Facts = dict[str, FactValue]
# What an audit found: parameters by the key of the finding.
Found = Mapping[str, Mapping[str, Any]]

_NOT_PERSONAL = frozenset({DataClass.PUBLIC, DataClass.INTERNAL, DataClass.CODE})
# A model entry names the class of its data only; a dataset entry names the kind.
_CLASS_BY_IMPACT = {1: "public", 2: "internal", 3: "personal", 4: "client", 5: "special"}
IMPACT_BY_CLASS = {
    DataClass.PUBLIC: 1,
    DataClass.INTERNAL: 2,
    DataClass.PERSONAL: 3,
    DataClass.HR: 4,
    DataClass.FINANCE: 4,
    DataClass.CLIENT: 4,
    # About nobody, but it holds what outsiders must not have: keys, passwords, how a product works.
    DataClass.CODE: 4,
    DataClass.CHILDREN: 4,
    DataClass.HEALTH: 5,
    DataClass.BIOMETRIC: 5,
    DataClass.SPECIAL: 5,
}


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known of a client: ratings, what their audits found, and every asset's facts."""

    risks: list[ModelRisk]
    findings: list[Finding]
    assets: list[Asset]

    @property
    def by_audit(self) -> dict[int, ModelRisk]:
        return {row.audit.pk: row for row in self.risks if row.audit is not None}


def known_of(
    client: Client, *, model: AIModel | None = None, policy: Policy | None = None
) -> Known:
    """Read everything that the rules ask about, in as many queries however much there is.

    Of the models that one alone, where it is named: a client may have hundreds. The policy of the
    client is read where it is not at hand.
    """
    policy = policy or rating_policy.of_client(client)
    rows = risk.in_use().filter(client=client)
    risks = risk.risks_under(rows if model is None else rows.filter(pk=model.pk), policy)
    audits = [row.audit.pk for row in risks if row.audit is not None]
    found = list(Finding.objects.filter(audit__in=audits).order_by("pk"))
    by_audit: dict[int, dict[str, Mapping[str, Any]]] = {}
    for one in found:
        if one.audit_id is not None:
            by_audit.setdefault(one.audit_id, {})[one.key] = one.params
    assets = assets_of(client, risks, policy=policy, found=by_audit)
    return Known(risks=risks, findings=found, assets=assets)


def of_client(client: Client) -> Facts:
    """Facts of the organisation itself, which is the provider where it is its own client."""
    if not client.is_house:
        return {"org": "smb", "clients": 1}
    looked_after = tenancy.clients_looked_after(client.provider_id)
    return {"org": "msp", "clients": looked_after, "S": IMPACT_BY_CLASS[DataClass.CLIENT]}


def of_model(risk: ModelRisk, policy: Policy, *, found: Found) -> Facts:
    """Facts of a model with the result that speaks for it, and what that found.

    What its records are is said by its entry, by the dataset that it was measured on and by the
    one it was trained on: the worst counts.
    """
    model, version, audit = risk.model, risk.version, risk.audit
    kind, personal, impact = _worst_data(risk, policy)
    facts: Facts = {
        "asset": "model",
        "data.personal": personal,
        "data.class": kind.value,
        "S": impact,
        "origin": model.origin,
        "exposure": model.exposure,
        "outputs": model.outputs,
        "training.dp": model.dp_unit,
        "model.measured": bool(audit is not None and audit.reached),
    }
    if version is not None and version.family:
        facts["model.family"] = reading.family_word(version.family)
        leaf = version.facts.get("min_samples_leaf")
        if isinstance(leaf, int | float) and leaf >= 1:  # below one it is a share of the records
            facts["tree.min_leaf"] = leaf
    if audit is not None:
        facts["finding.exists"] = bool(found)
        facts["finding.leak"] = audit.reached or None
        facts["finding.outlier_leak"] = "worst_decile" in found
        if "overfit_gap" in found:
            facts["finding.overfit_gap"] = _gap(found["overfit_gap"])
    return facts


def _gap(told: Mapping[str, Any]) -> float | None:
    """The gap as a share; older findings kept its rounded points alone."""
    if "share" in told:
        return float(told["share"])
    return float(told["gap"]) / 100 if "gap" in told else None


def _linked(risk: ModelRisk) -> list[Dataset]:
    """Datasets that the model was measured on, and that its newest version was trained on."""
    measured = risk.audit.dataset_version if risk.audit is not None else None
    trained = risk.version.trained_on if risk.version is not None else None
    return [one.dataset for one in (measured, trained) if one is not None]


def _worst_data(risk: ModelRisk, policy: Policy) -> tuple[DataClass, bool, int]:
    """The most sensitive class that was said of the records, if any is about people, the impact.

    Of two alike a dataset counts, because it names the kind; one that was decided to be worse than
    its kind counts as what it was decided to be.
    """
    linked = _linked(risk)
    own = DataClass(_CLASS_BY_IMPACT[risk.model.impact])
    kinds = [DataClass(one.data_class) for one in linked]
    if IMPACT_BY_CLASS[own] not in {IMPACT_BY_CLASS[kind] for kind in kinds}:
        kinds.append(own)
    worst = max(kinds, key=lambda kind: IMPACT_BY_CLASS[kind])
    # An audit whose records were deleted still says how sensitive they were.
    decided = max(one.impact for one in (risk.model, risk.audit, *linked) if one is not None)
    if decided > IMPACT_BY_CLASS[worst]:
        worst = DataClass(_CLASS_BY_IMPACT[decided])
    personal = any(kind not in _NOT_PERSONAL for kind in (worst, *kinds))
    impacts = [_impact(one.impact, one.reveals, policy) for one in linked]
    return worst, personal, max([risk.rating.impact, *impacts])


def _impact(impact: int, reveals: str, policy: Policy) -> int:
    """Impact of data as a rating would have it, by the policy that holds."""
    return rating.impact_under(policy, impact, rating.Reveals(reveals))[0]


def of_dataset(dataset: Dataset, policy: Policy) -> Facts:
    """Facts of a dataset."""
    return {
        "asset": "dataset",
        "data.class": dataset.data_class,
        "data.personal": dataset.data_class not in _NOT_PERSONAL,
        "S": _impact(dataset.impact, dataset.reveals, policy),
    }


def of_tool(tool: AITool, policy: Policy) -> Facts:
    """Facts of a third-party AI tool."""
    impact = IMPACT_BY_CLASS[DataClass(tool.data_class)]
    return {
        "asset": "tool",
        "S": _impact(impact, rating.Reveals.NO, policy),
        "data.class": tool.data_class,
        "data.personal": tool.data_class not in _NOT_PERSONAL,
        "vendor.trains": None if tool.trains_on_data == "unknown" else tool.trains_on_data,
        "decision": tool.decision,
    }


def assets_of(
    client: Client, risks: Iterable[ModelRisk], *, policy: Policy, found: Mapping[int, Found]
) -> list[Asset]:
    """The organisation itself, then every model, dataset and tool with its facts.

    `found` is what each audit found, by the audit's number.
    """
    models = []
    for row in risks:
        shown = found.get(row.audit.pk, {}) if row.audit is not None else {}
        figures = {name: str(value) for told in shown.values() for name, value in told.items()}
        facts = of_model(row, policy, found=shown)
        models.append(Asset(name=row.model.name, pk=row.model.pk, facts=facts, figures=figures))
    datasets = [
        Asset(name=row.name, pk=row.pk, facts=of_dataset(row, policy))
        for row in Dataset.objects.filter(client=client)
    ]
    tools = [
        Asset(name=row.name, pk=row.pk, facts=of_tool(row, policy))
        for row in AITool.objects.filter(client=client)
    ]
    organisation = Asset(name=client.name, facts=of_client(client))
    return [organisation, *models, *datasets, *tools]
