"""SACRO-ML's LiRA on one target; run by the Python that has sacroml."""

import logging
import tempfile
from typing import Any

import numpy as np
from sacroml.attacks.likelihood_attack import LIRAAttack
from sacroml.attacks.target import Target
from sklearn.pipeline import Pipeline

from tests.benchmarks.peers.job import Answer, Attack, Job, run


class SeededPipeline(Pipeline):  # type: ignore[misc, unused-ignore]
    """A pipeline that takes `random_state` for its classifier, as a bare classifier does.

    The attack sets it on whatever it is given, and stops at a plain pipeline.
    """

    def set_params(self, **settings: object) -> "SeededPipeline":
        if "random_state" in settings:
            settings["classifier__random_state"] = settings.pop("random_state")
        super().set_params(**settings)
        return self


class KeptScores(LIRAAttack):  # type: ignore[misc, unused-ignore]
    """The attack as published; the scores it computes are kept before it averages them away.

    Its own option `report_individual` would do, but tests every record for normality twice.
    """

    mia_scores: Any

    def _save_attack_metrics(self, mia_scores: Any, *sizes: int) -> None:  # noqa: ANN401
        self.mia_scores = mia_scores
        super()._save_attack_metrics(mia_scores, *sizes)


def prepare(job: Job) -> Attack:
    logging.disable(logging.INFO)
    model, members, nonmembers = job.fitted(SeededPipeline)
    target = Target(
        model=model,
        X_train=members[0],
        y_train=members[1],
        X_test=nonmembers[0],
        y_test=nonmembers[1],
    )
    # A new folder each time: models found in an old one are taken for this target's.
    folder = tempfile.mkdtemp(dir=job.folder)

    def attack() -> Any:  # noqa: ANN401
        lira = KeptScores(
            output_dir=folder,
            write_report=False,
            n_shadow_models=job.options["references"],
            mode=job.options["mode"],
        )
        lira.attack(target)
        # The second of its two columns is the one its own metrics take for "member".
        return lambda: Answer(np.asarray(lira.mia_scores)[:, 1], job.options["references"], "lira")

    return attack


if __name__ == "__main__":
    run(prepare, "sacroml", "scikit-learn", "numpy")
