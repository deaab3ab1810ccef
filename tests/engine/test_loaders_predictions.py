import io

import numpy as np
import pyarrow as pa
import pytest

from audits.engine.errors import InputError
from audits.engine.loaders.predictions import read_predictions
from tests.engine.cast import csv
from tests.engine.table_files import parquet
from tests.engine.workbooks import workbook

GOOD = "member,label,p_0,p_1\n1,0,0.9,0.1\n0,1,0.25,0.75\n"


def test_predictions_are_read() -> None:
    found = read_predictions(csv(GOOD))
    assert found.is_member.tolist() == [True, False]
    assert found.labels.tolist() == [0, 1]
    assert found.classes == ("0", "1")
    assert found.probabilities.tolist() == [[0.9, 0.1], [0.25, 0.75]]


@pytest.mark.parametrize(
    ("names", "labels"),
    [
        (("p_0.0", "p_1.0"), (0, 1)),
        (("p_0", "p_1"), ("0.0", "1.0")),
        (("p_no", "p_2.0"), ("no", "2")),
    ],
)
def test_predictions_match_classes_that_are_numbers_however_they_are_written(
    names: tuple[str, str], labels: tuple[object, object]
) -> None:
    table = pa.table(
        {"member": [1, 0], "label": list(labels), names[0]: [0.9, 0.25], names[1]: [0.1, 0.75]}
    )
    assert read_predictions(parquet(table)).labels.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("classes", "label"),
    [
        (("1", "1.0"), "1.00"),
        (("10", "2"), "1_0"),
        (("9007199254740992", "2"), "9007199254740993"),
        (("inf", "2"), "infinity"),
    ],
    ids=["two of one value", "no number", "too long for a float", "not finite"],
)
def test_predictions_do_not_guess_a_class(classes: tuple[str, str], label: str) -> None:
    columns = {f"p_{name}": [0.5, 0.5] for name in classes}
    table = pa.table({"member": [1, 0], "label": [classes[0], label], **columns})
    with pytest.raises(InputError, match=f"label '{label}' has no column p_{label}"):
        read_predictions(parquet(table))


LINES = """\
{"member": true, "label": "0", "p_0": 0.9, "p_1": 0.1}
{"member": false, "label": "1", "p_0": 0.25, "p_1": 0.75}
"""


@pytest.mark.parametrize(
    "file",
    [
        csv(GOOD),
        csv(GOOD.replace(",", ";").replace(".", ",")),
        csv(LINES),
        parquet(
            pa.table({"member": [1, 0], "label": [0, 1], "p_0": [0.9, 0.25], "p_1": [0.1, 0.75]})
        ),
        workbook([["member", "label", "p_0", "p_1"], [True, 0, 0.9, 0.1], [False, 1, 0.25, 0.75]]),
    ],
    ids=["CSV", "CSV with decimal commas", "JSON lines", "Parquet", "Excel"],
)
def test_predictions_are_read_from_every_format(file: io.BytesIO) -> None:
    found = read_predictions(file)
    assert found.is_member.tolist() == [True, False]
    assert found.labels.tolist() == [0, 1]
    assert found.probabilities.tolist() == [[0.9, 0.1], [0.25, 0.75]]


def test_predictions_sum_within_tolerance_is_made_exact() -> None:
    found = read_predictions(csv("member,label,p_a,p_b\n1,a,0.9005,0.1\n0,b,0.3,0.7\n"))
    assert np.allclose(found.probabilities.sum(axis=1), 1.0, atol=1e-15)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (GOOD.replace("member", "m"), "there is no column 'member' (found: m, label, p_0, p_1)"),
        (GOOD.replace("label", "y"), "there is no column 'label' (found: member, y, p_0, p_1)"),
        (GOOD.replace("p_1", "q"), "there are fewer than two columns with probabilities"),
        (GOOD.replace("\n0,1", "\n0,2"), "label '2' has no column p_2"),
        (GOOD.replace("\n0,1", "\n0,"), "the label is empty in 1 records"),
        (GOOD.replace("\n1,0", "\n2,0"), "column 'member' holds 2"),
        (GOOD.replace("\n0,1", "\n1,1"), "no record has 0 in the column 'member'"),
        (GOOD.replace("\n1,0", "\n0,0"), "no record has 1 in the column 'member'"),
        (GOOD.replace("0.75", "0.7"), "the probabilities of record 2 sum to 0.95"),
        (GOOD.replace("0.9,0.1", "1.4,-0.4"), "p_0 of record 1 is 1.4"),
        (GOOD.replace("0.75", ""), "p_1 of record 2 is nan"),
        (GOOD.replace("0.75", "high"), "column 'p_1' holds something else than numbers"),
    ],
)
def test_predictions_that_cannot_be_used_are_refused(text: str, problem: str) -> None:
    with pytest.raises(InputError) as caught:
        read_predictions(csv(text))
    assert (caught.value.subject, caught.value.problem) == ("predictions", problem)
    assert caught.value.remedy
