"""Blocks of references: the unit of distributed work, fixed by the plan's hash and an index."""

import hashlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from audits.engine.assembly import Assemble, Assembly, assemble
from audits.engine.registry import AttackView
from audits.engine.types import AuditPlan, Block, ModelInputs, Prepared

if TYPE_CHECKING:
    from audits.engine.references.recipes import Recipe, Training
    from audits.engine.references.surrogate import Surrogate
    from audits.engine.target import Features, Target


@dataclass(frozen=True, slots=True)
class Trainer:
    """How references of this target are trained.

    Attributes
    ----------
    recipe
        The recipe that fits.
    target
        The model itself, or its surrogate where it cannot be trained again.
    features
        (N + M) rows as that target takes them.
    most
        References of the whole audit, 4, 8, 16, 32 or 64; 0 where there are none.
    surrogate
        None where the model itself can be trained again.
    """

    recipe: "Recipe"
    target: "Target"
    features: "Features"
    most: int
    surrogate: "Surrogate | None" = None

    @property
    def facts(self) -> dict[str, Any]:
        """What later stages and the document say about it; JSON values."""
        found = self.surrogate
        return {
            "recipe": self.recipe.key if found is None else "surrogate",
            "block": min(self.recipe.block, self.most),
            "single_references": self.recipe.single,
            "agreement": None if found is None else found.agreement,
            "surrogate": None if found is None else found.name,
            "trained_by": self.recipe.key,
        }


def seed_of(plan_hash: str, purpose: str, index: int) -> np.random.SeedSequence:
    """Return the seed for one purpose of one block."""
    text = f"{plan_hash}:{purpose}:{index}"
    return np.random.SeedSequence(int(hashlib.sha256(text.encode()).hexdigest(), 16))


def trainer_for(
    inputs: ModelInputs,
    whole: Assembly,
    plan: AuditPlan,
    plan_hash: str,
    name: str | None = None,
    trained_by: str | None = None,
) -> Trainer:
    """Choose the recipe; for a model that cannot be trained again, its surrogate first.

    Parameters
    ----------
    inputs, whole, plan
        What is audited.
    plan_hash
        Fixes every random choice.
    name
        The surrogate that was chosen before, so that the others need not be fitted again.
    trained_by
        Key of the recipe that was chosen before: blocks of one audit follow one recipe, whatever
        is installed where they are trained.

    Raises
    ------
    InputError
        That recipe cannot be followed here.
    """
    from audits.engine.references.recipes import recipe_for  # noqa: PLC0415 - scikit-learn

    if inputs.model.retrainable:
        recipe = recipe_for(inputs.model, trained_by)
        return Trainer(recipe, inputs.model, whole.features, plan.reference_cap)
    from audits.engine.references import surrogate  # noqa: PLC0415 - scikit-learn

    chosen = surrogate.substitute(
        inputs.model, whole, seed=seed_of(plan_hash, "surrogate", 0), threads=plan.threads,
        name=name,
    )  # fmt: skip
    recipe = recipe_for(chosen.target, trained_by)
    return Trainer(recipe, chosen.target, chosen.features, plan.reference_cap, chosen)


def training_of(
    trainer: Trainer,
    whole: Assembly,
    plan: AuditPlan,
    plan_hash: str,
    *,
    purpose: str,
    index: int,
    scale: float | None = None,
) -> "Training":
    """Return what one block is trained on; `scale` is that of the errors of a regression."""
    from audits.engine.references.recipes import Training  # noqa: PLC0415 - scikit-learn

    return Training(
        target=trainer.target,
        features=trainer.features,
        labels=whole.labels,
        weights=whole.weights,
        strata=whole.strata,
        scale=scale,
        judges=index == 0,
        units=whole.units,
        size=whole.given["members"],
        draw_seed=seed_of(plan_hash, f"draw {purpose}", index),
        fit_seed=seed_of(plan_hash, f"fit {purpose}", index),
        threads=plan.threads,
        most=trainer.most,
    )


class Workshop:
    """Trains blocks of references; what all blocks of an audit share is put together once.

    Parameters
    ----------
    inputs, plan, prepared
        As for `reference_block`.
    assembled
        Puts the records together; a caller that has done so hands its own in.
    """

    def __init__(
        self,
        inputs: ModelInputs,
        plan: AuditPlan,
        prepared: Prepared,
        *,
        assembled: Assemble = assemble,
    ) -> None:
        self._plan, self._facts = plan, prepared.facts
        self._whole = assembled(inputs)
        self._trainer = trainer_for(
            inputs, self._whole, plan, self._facts["plan_sha256"],
            self._facts["surrogate"], self._facts.get("trained_by"),
        )  # fmt: skip

    def block(self, index: int) -> Block:
        """Train and query the references of one block, see `reference_block`."""
        started = time.monotonic()
        training = training_of(
            self._trainer, self._whole, self._plan, self._facts["plan_sha256"],
            purpose="block", index=index, scale=self._facts["error_scale"],
        )  # fmt: skip
        trained = self._trainer.recipe.train(training)
        return Block(
            index=index,
            log_p=trained.log_p,
            inside=trained.inside,
            accuracy=trained.accuracy,
            count=trained.count,
            seconds=time.monotonic() - started,
        )


def reference_block(inputs: ModelInputs, plan: AuditPlan, prepared: Prepared, index: int) -> Block:
    """Train and query the references of one block.

    Fully determined by the plan hash and the index: computing it again gives the same arrays.

    Raises
    ------
    InputError
        The recipe cannot be trained on half of the records.
    """
    return Workshop(inputs, plan, prepared).block(index)


def reference_view(plan: AuditPlan, prepared: Prepared, blocks: list[Block]) -> AttackView:
    """Return the view of the attacks that read references; blocks in order of their index."""
    ordered = sorted(blocks, key=lambda block: block.index)
    view = AttackView(prepared.arrays["labels"], prepared.arrays["log_p"], plan.seed)
    if not ordered:
        return view
    return AttackView(
        labels=view.labels,
        log_p=view.log_p,
        seed=plan.seed,
        reference_log_p=np.concatenate([block.log_p for block in ordered]),
        reference_in=np.concatenate([block.inside for block in ordered]),
        threads=plan.threads,
    )
