"""Files of models that predict a number."""

import io

import pytest
import skops.io as sio
from sklearn.base import BaseEstimator
from sklearn.datasets import make_regression
from sklearn.ensemble import (
    GradientBoostingRegressor,
    HistGradientBoostingRegressor,
    RandomForestRegressor,
)
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsRegressor
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeRegressor

from audits.engine.loaders.models import read_model

REGRESSORS = [
    RandomForestRegressor(3, max_depth=3, random_state=0),
    HistGradientBoostingRegressor(max_iter=5),
    GradientBoostingRegressor(n_estimators=5),
    DecisionTreeRegressor(max_depth=3),
    KNeighborsRegressor(3),
    Ridge(),
    make_pipeline(StandardScaler(), MLPRegressor(hidden_layer_sizes=(5,), max_iter=5)),
]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("model", REGRESSORS, ids=lambda model: type(model).__name__)
def test_saved_regressor_answers_as_before(model: BaseEstimator) -> None:
    features, labels = make_regression(80, 6, noise=1.0, random_state=0)
    model.fit(features, labels)
    target = read_model(io.BytesIO(sio.dumps(model)))
    assert target.predicts_numbers
    assert target.answers(features, subject="members") == pytest.approx(model.predict(features))
