"""Who stands out in a result, as a technician reads it."""

from typing import Any

import pytest

from audits.queries import standing_out


def document(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - parts of a document
    return {
        "provenance": {"predictions_sha256": None},
        "records": {"members": 1_200, "nonmembers": 1_200},
        "top_decile": {
            "attack": "rmia", "flagged": 240, "members": 180.0, "tpr": 0.15, "precision": 0.75,
            "base_rate": 0.5,
        },
        "exposed": {
            "attack": "rmia", "false_discovery_rate": 0.1, "count": 2, "smallest_list": 1,
            "members": [{"rows": [1204], "p": 0.00041}, {"rows": [3, 4], "p": 0.0012}],
        },
        "groups": [
            {
                "grouping": "class", "value": "no-show", "attack": "rmia", "members": 1200,
                "nonmembers": 900, "suppressed": False,
                "auc": {"value": 0.7, "low": 0.66, "high": 0.74},
            },
            {
                "grouping": "site", "value": "south", "attack": "rmia", "members": 49,
                "nonmembers": 900, "suppressed": True, "auc": None,
            },
        ],
        **changes,
    }  # fmt: skip


def test_decile_groups_and_names_are_laid_out() -> None:
    found = standing_out.read(document())
    assert found is not None
    assert "(240), 75.0% were used for training; by chance it would be 50.0%" in found.decile
    assert [(row.grouping, row.value, row.sizes) for row in found.groups] == [
        ("Class", "no-show", "1,200 / 900"),
        ("site", "south", "49 / 900"),
    ]
    assert [row.auc is None for row in found.groups] == [False, True]
    assert found.listed.startswith("2 members stand out.")
    assert (found.members_left_out, found.least_in_group) == (0, 50)
    assert found.where.startswith("Their records among those used for training")
    assert [(one.rows, one.p) for one in found.members] == [
        ("1204", "0.00041"),
        ("3, 4", "0.0012"),
    ]


@pytest.mark.parametrize(
    ("precision", "base_rate", "told"),
    [
        (0.9996, 0.0004, "more than 99.9% were used for training; by chance it would be less than"),
        (0.9994, 0.5, "99.9% were used for training"),
        (1.0, 0.5, "100.0% were used for training"),
    ],
)
def test_a_share_is_rounded_to_all_or_none_only_where_it_is_that(
    precision: float, base_rate: float, told: str
) -> None:
    decile = {**document()["top_decile"], "precision": precision, "base_rate": base_rate}
    found = standing_out.read(document(top_decile=decile))
    assert found is not None
    assert told in found.decile


def test_a_long_list_is_cut_and_rows_of_predictions_are_called_so() -> None:
    exposed = {**document()["exposed"], "count": 1_200}
    provenance = {"predictions_sha256": "e" * 64}
    found = standing_out.read(document(exposed=exposed, provenance=provenance))
    assert found is not None
    assert found.members_left_out == 1_198
    assert found.where.startswith("Their records in the predictions file; 1 is the first")


def test_an_empty_list_says_how_long_one_would_have_to_be() -> None:
    exposed = {**document()["exposed"], "count": 0, "smallest_list": 34, "members": []}
    found = standing_out.read(document(exposed=exposed))
    assert found is not None
    assert found.members == []
    assert "at least 34 names" in found.listed


def test_few_records_make_all_of_it_indicative() -> None:
    few = standing_out.read(document(records={"members": 400, "nonmembers": 900}))
    assert few is not None
    assert few.listed.startswith("Indicative, as there is too little for a verdict: 2 members")
    groups = document()["groups"]
    groups[0]["members"] = 400
    found = standing_out.read(document(groups=groups))
    assert found is not None
    assert not found.groups[0].rated
    enough = standing_out.read(document())
    assert enough is not None
    assert enough.groups[0].rated


def test_many_groups_are_cut_and_counted() -> None:
    groups = document()["groups"] * 40
    found = standing_out.read(document(groups=groups))
    assert found is not None
    assert (len(found.groups), found.groups_left_out) == (60, 20)


def test_results_from_before_these_figures_have_none() -> None:
    assert standing_out.read({"attacks": {}}) is None
    assert standing_out.read(document(exposed=None, top_decile=None, groups=[])) is None


def test_people_are_called_people() -> None:
    people = {"unit": "person", "members": 1_200, "nonmembers": 1_200}
    found = standing_out.read(document(records=people))
    assert found is not None
    assert found.people
    assert "(240 people)" in found.decile
    assert found.listed.startswith("2 people used for training stand out.")
    one = {**document()["exposed"], "count": 1}
    none = {**document()["exposed"], "count": 0, "smallest_list": 34, "members": []}
    for exposed, start in ((one, "1 person used for training stands out."), (none, "No single p")):
        read = standing_out.read(document(exposed=exposed, records=people))
        assert read is not None
        assert read.listed.startswith(start)
    plain = standing_out.read(document(records={**people, "unit": "record"}))
    assert plain == standing_out.read(document())
