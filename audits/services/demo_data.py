"""Models and records of the demo: real data that comes with scikit-learn, and simulated sets.

Everything is trained here and now; no result is shipped.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class DemoCase:
    """A trained model with the records it saw and comparable ones it did not, as files."""

    model: bytes
    members: bytes
    nonmembers: bytes
    target: str


def _parquet(features: Any, labels: Any, names: list[str], target: str) -> bytes:  # noqa: ANN401 - arrays
    import pyarrow as pa  # noqa: PLC0415 - heavy
    import pyarrow.parquet as pq  # noqa: PLC0415 - heavy

    columns = {name: pa.array(features[:, index]) for index, name in enumerate(names)}
    columns[target] = pa.array([str(label) for label in labels])
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


def case(estimator: Any, data: Any, names: list[str], target: str) -> DemoCase:  # noqa: ANN401 - scikit-learn objects
    """Split at random before training, train on one half, keep the other back."""
    import skops.io  # noqa: PLC0415 - heavy
    from sklearn.model_selection import train_test_split  # noqa: PLC0415 - heavy

    features, labels = data
    inside, outside, inside_labels, outside_labels = train_test_split(
        features, [str(label) for label in labels], test_size=0.5, random_state=7
    )
    estimator.fit(inside, inside_labels)
    return DemoCase(
        model=skops.io.dumps(estimator),
        members=_parquet(inside, inside_labels, names, target),
        nonmembers=_parquet(outside, outside_labels, names, target),
        target=target,
    )


def tumour_triage() -> DemoCase:
    """Real data: 569 biopsies (Wisconsin diagnostic breast cancer), random forest."""
    from sklearn.datasets import load_breast_cancer  # noqa: PLC0415 - heavy
    from sklearn.ensemble import RandomForestClassifier  # noqa: PLC0415 - heavy

    data = load_breast_cancer()
    names = [name.replace(" ", "_") for name in data.feature_names]
    labels = [data.target_names[label] for label in data.target]
    forest = RandomForestClassifier(n_estimators=60, random_state=7, n_jobs=1)
    return case(forest, (data.data, labels), names, "diagnosis")


def digit_reader() -> DemoCase:
    """Real data: 1 797 handwritten digits, logistic regression."""
    from sklearn.datasets import load_digits  # noqa: PLC0415 - heavy
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - heavy
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415 - heavy
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415 - heavy

    data = load_digits()
    names = [f"pixel_{index:02d}" for index in range(data.data.shape[1])]
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(C=0.05, max_iter=300))
    return case(pipeline, (data.data, data.target), names, "digit")


def simulated_loans() -> DemoCase:
    """Simulated: 8 000 made-up loan applications, an unpruned forest that learns them by heart."""
    from sklearn.datasets import make_classification  # noqa: PLC0415 - heavy
    from sklearn.ensemble import RandomForestClassifier  # noqa: PLC0415 - heavy

    features, labels = make_classification(
        n_samples=8000, n_features=16, n_informative=8, flip_y=0.2, random_state=7
    )
    names = [
        "income", "debt", "age", "years_employed", "loan_amount", "loan_term", "late_payments",
        "open_accounts", "card_use", "savings", "rent", "dependants", "enquiries", "mortgage",
        "bonus", "overdraft",
    ]  # fmt: skip
    words = ["repaid" if label else "defaulted" for label in labels]
    forest = RandomForestClassifier(n_estimators=40, random_state=7, n_jobs=1)
    return case(forest, (features.round(3), words), names, "outcome")


def simulated_attrition() -> DemoCase:
    """Simulated: 6 000 made-up staff records, a small regularised model."""
    from sklearn.datasets import make_classification  # noqa: PLC0415 - heavy
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - heavy

    features, labels = make_classification(
        n_samples=6000, n_features=8, n_informative=5, flip_y=0.1, random_state=11
    )
    names = [
        "tenure", "salary_band", "distance", "overtime",
        "training_days", "last_rise", "team_size", "absences",
    ]  # fmt: skip
    words = ["left" if label else "stayed" for label in labels]
    return case(LogisticRegression(max_iter=200), (features.round(3), words), names, "attrition")


CASES: dict[str, Callable[[], DemoCase]] = {
    "tumour_triage": tumour_triage,
    "digit_reader": digit_reader,
    "simulated_loans": simulated_loans,
    "simulated_attrition": simulated_attrition,
}
