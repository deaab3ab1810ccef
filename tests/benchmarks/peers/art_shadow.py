"""ART's shadow-model attack on one target; run by the Python that has ART.

As in its documentation: shadow models with labels of their own, an attack model fitted on what
they answer, then asked about the target's answers. The documentation gives the shadows records of
their own and lets the attack know nothing else. Here they get what LiRA gets, members and
non-members together without saying which is which: twice the records, and shadows as large as
the target.
"""

from typing import Any

import numpy as np
from art.attacks.inference.membership_inference import MembershipInferenceBlackBox, ShadowModels
from art.estimators.classification.scikitlearn import ScikitlearnClassifier
from art.utils import to_categorical

from tests.benchmarks.peers.job import Answer, Attack, Job, run


def prepare(job: Job) -> Attack:
    model, members, nonmembers = job.fitted()
    target = ScikitlearnClassifier(model)
    features = np.concatenate([members[0], nonmembers[0]])
    labels = to_categorical(np.concatenate([members[1], nonmembers[1]]), len(model.classes_))
    given = slice(None) if job.options["shadow_records"] == "all" else slice(len(members[0]), None)

    def attack() -> Any:  # noqa: ANN401
        shadows = ShadowModels(
            target, num_shadow_models=job.options["references"], random_state=job.seed
        )
        seen, unseen = shadows.generate_shadow_dataset(features[given], labels[given])
        black_box = MembershipInferenceBlackBox(
            target, attack_model_type=job.options["attack_model"]
        )
        black_box.fit(
            x=seen[0], y=seen[1], pred=seen[2],
            test_x=unseen[0], test_y=unseen[1], test_pred=unseen[2],
        )  # fmt: skip
        scores = black_box.infer(features, labels, probabilities=True)
        return lambda: Answer(scores, job.options["references"], "shadow models")

    return attack


if __name__ == "__main__":
    run(prepare, "adversarial-robustness-toolbox", "scikit-learn", "numpy")
