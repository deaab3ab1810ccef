"""The scheme of the tool review, by hand-computed cases."""

from dataclasses import replace
from pathlib import Path

import pytest

from audits.guidance import questions
from audits.guidance.questions import NOT_APPLICABLE, NOT_KNOWN, QuestionError
from audits.guidance.reviews import Answered, Evidence, Verdict, asked, assess

BEST = {
    q.id: Answered(q.choices[0].key, Evidence.CONTRACT) for q in questions.load() if q.weight > 0
}
HEALTH = {**BEST, "V-02": Answered("special", Evidence.CONTRACT)}


def changed(
    question: str, answer: str, evidence: Evidence = Evidence.CONTRACT
) -> dict[str, Answered]:
    return {**HEALTH, question: Answered(answer, evidence)}


def test_catalogue_has_28_questions_with_their_own_names() -> None:
    ids = [question.id for question in questions.load()]
    assert ids == [f"V-{number:02}" for number in range(1, 29)]
    assert [question.id for question in questions.load() if question.weight == 0] == ["V-02"]


@pytest.mark.parametrize("question", questions.load(), ids=lambda question: question.id)
def test_answers_go_from_no_risk_to_the_worst(question: questions.Question) -> None:
    points = [choice.points for choice in question.choices]
    assert (points[0], points[-1]) == (0.0, 3.0)
    assert points == sorted(points)
    assert question.points(None) == question.points(NOT_KNOWN) == 3.0


def test_best_answers_by_contract_carry_no_risk_and_pass_for_health_data() -> None:
    found = assess(HEALTH)
    assert (found.risk, found.pass_mark, found.open, found.knock_outs) == (0, 20, (), ())
    assert (found.passes, found.verdict, found.listed_impact) == (True, Verdict.APPROVE, 5)


def test_nothing_answered_is_the_worst_and_passes_nothing() -> None:
    found = assess({})
    assert (found.risk, found.impact, found.passes) == (100, 5, False)
    assert found.verdict is Verdict.RESTRICT
    assert found.knock_outs == ("V-03", "V-08", "V-14", "V-16")


@pytest.mark.parametrize("missing", sorted({*BEST, "V-02"} - {"V-04", "V-13"}))
def test_review_with_an_unanswered_question_never_passes(missing: str) -> None:
    """However good all the others are."""
    answers = {**BEST, "V-02": Answered("personal", Evidence.CONTRACT)}
    assert assess(answers).passes
    answers.pop(missing)
    found = assess(answers)
    assert found.open == (missing,)
    assert (found.passes, found.allows("approve"), found.allows("approve_listed")) == (
        False,
        False,
        False,
    )


def test_risk_is_the_weighted_share_of_the_points() -> None:
    # Weights of the questions asked, V-04 and V-13 settled by V-03 and V-02 without weight.
    whole = sum(question.weight for question in questions.load()) - 4 - 3
    assert whole == 89
    assert {question.id for question in asked(HEALTH)} == {*HEALTH} - {"V-04", "V-13"}
    # V-18 (weight 5): "internal" is 1 point of 3; 5 x 1 / (89 x 3) = 1.87 of 100, rounded up.
    assert assess(changed("V-18", "internal")).risk == 2
    # By a sales call: 3 - (3 - 1) x 0.4 = 2.2 points; 5 x 2.2 / 267 = 4.12.
    assert assess(changed("V-18", "internal", Evidence.CALL)).risk == 5
    # Not knowing: 3 points, whatever it rests on; 15 / 267 = 5.6.
    assert assess(changed("V-18", NOT_KNOWN)).risk == 6


@pytest.mark.parametrize(
    ("evidence", "risk"),
    [(Evidence.CONTRACT, 0), (Evidence.PAGE, 10), (Evidence.EMAIL, 30), (Evidence.CALL, 60)],
)
def test_weak_proof_drifts_towards_the_worst(evidence: Evidence, risk: int) -> None:
    """The best answers to everything: what they are worth is what they rest on."""
    told = {name: replace(given, evidence=evidence) for name, given in HEALTH.items()}
    assert assess(told).risk == risk


@pytest.mark.parametrize(
    ("data", "mark"),
    [("public", 55), ("internal", 55), ("personal", 40), ("confidential", 30), ("special", 20)],
)
def test_pass_mark_follows_the_data(data: str, mark: int) -> None:
    assert assess(changed("V-02", data)).pass_mark == mark


def test_registered_data_counts_where_it_is_more_sensitive_than_what_was_said() -> None:
    said = changed("V-02", "internal")
    assert (assess(said).impact, assess(said, impact=4).impact) == (2, 4)
    assert assess(changed("V-02", "special"), impact=2).impact == 5


@pytest.mark.parametrize("answer", ["yes", NOT_KNOWN])
def test_training_on_personal_data_is_a_knock_out(answer: str) -> None:
    found = assess({**changed("V-03", answer), "V-04": BEST["V-04"], "V-13": BEST["V-13"]})
    assert found.knock_outs == ("V-03",)
    assert (found.verdict, found.allows("approve_listed")) == (Verdict.RESTRICT, False)
    harmless = {**changed("V-03", answer), "V-02": Answered("internal", Evidence.CONTRACT)}
    assert assess(harmless).knock_outs == ()


@pytest.mark.parametrize(
    ("opt_out", "knocked"),
    [("all", ()), ("everybody", ()), ("each", ("V-03",)), ("none", ("V-03",))],
)
def test_opt_out_counts_once_an_administrator_has_set_it(
    opt_out: str, knocked: tuple[str, ...]
) -> None:
    answers = {**changed("V-03", "opt_out"), "V-04": Answered(opt_out, Evidence.CONTRACT)}
    assert assess(answers).knock_outs == knocked


@pytest.mark.parametrize(
    ("answer", "data", "knocked"),
    [
        ("no", "personal", ("V-08",)),
        (NOT_KNOWN, "personal", ("V-08",)),
        ("available", "personal", ()),
        ("available", "special", ("V-08",)),
        ("incorporated", "special", ()),
        ("no", "internal", ()),
    ],
)
def test_missing_agreement_is_a_knock_out(answer: str, data: str, knocked: tuple[str, ...]) -> None:
    answers = {**changed("V-08", answer), "V-02": Answered(data, Evidence.CONTRACT)}
    assert assess(answers).knock_outs == knocked


def test_shared_stores_are_a_knock_out_for_providers_and_for_sensitive_data() -> None:
    for answer in ("shared", NOT_KNOWN):
        assert assess(changed("V-14", answer)).knock_outs == ("V-14",)
        ordinary = {**changed("V-14", answer), "V-02": Answered("personal", Evidence.CONTRACT)}
        assert assess(ordinary).knock_outs == ()
        assert assess(ordinary, is_provider=True).knock_outs == ("V-14",)


def test_public_model_needs_an_independent_test_for_sensitive_data() -> None:
    public = changed("V-16", "public")
    assert assess(public).knock_outs == ()  # V-18 has the independent report
    untested = {**public, "V-18": Answered("claims", Evidence.CONTRACT)}
    assert assess(untested).knock_outs == ("V-16",)
    ordinary = {**untested, "V-02": Answered("personal", Evidence.CONTRACT)}
    assert assess(ordinary).knock_outs == ()


def test_risk_above_the_mark_can_still_pass_for_less_sensitive_data() -> None:
    """Everything by e-mail: 30 of 100 fails for health data and passes for confidential data."""
    told = {name: replace(given, evidence=Evidence.EMAIL) for name, given in HEALTH.items()}
    found = assess(told)
    assert (found.risk, found.passes, found.listed_impact) == (30, False, 4)
    assert found.verdict is Verdict.APPROVE_LISTED
    assert [found.allows(d) for d in ("reject", "restrict", "approve_listed", "approve")] == [
        True,
        True,
        True,
        False,
    ]


def test_question_set_aside_counts_neither_way() -> None:
    unused = changed("V-26", NOT_APPLICABLE)
    worst = changed("V-26", "unknown")
    assert (assess(unused).risk, assess(unused).open) == (0, ())
    assert assess(worst).risk == 5
    assert "V-26" not in {one.question for one in assess(unused).counted}


@pytest.mark.parametrize(
    ("question", "answer"), [("V-99", "yes"), ("V-03", "perhaps"), ("V-03", NOT_APPLICABLE)]
)
def test_review_refuses_what_is_no_answer(question: str, answer: str) -> None:
    with pytest.raises(ValueError, match=question):
        assess({question: Answered(answer)})


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('id = "V-01"', "missing"),
        ('id = "V-02"\ntext="t"\nweight=1\nanswers=[["a","b"],["c","d"]]\nwhy="w"\nlook="l"', "id"),
        (
            'id = "V-01"\ntext="t"\nweight=9\nanswers=[["a","b"],["c","d"]]\nwhy="w"\nlook="l"',
            "weight",
        ),
        ('id = "V-01"\ntext="t"\nweight=1\nanswers=[["a","b"]]\nwhy="w"\nlook="l"', "two"),
        (
            'id = "V-01"\ntext="t"\nweight=1\nanswers=[["a","b"],["a","d"]]\nwhy="w"\nlook="l"',
            "own",
        ),
    ],
)
def test_question_file_with_a_mistake_is_named(text: str, problem: str) -> None:
    with pytest.raises(QuestionError, match=f"V-01.toml: .*{problem}"):
        questions.read("V-01.toml", text)


@pytest.mark.parametrize(
    ("given", "hidden"),
    [
        ({"V-02": "public"}, "V-05 V-07 V-08 V-09 V-12 V-13 V-23 V-24"),
        ({"V-02": "internal"}, "V-08 V-09"),
        ({"V-01": "free"}, "V-26"),
        ({"V-01": "individual"}, "V-26"),
        ({"V-02": "personal", "V-01": "team"}, ""),
    ],
)
def test_plan_and_data_settle_what_need_not_be_asked(given: dict[str, str], hidden: str) -> None:
    answers = {name: Answered(key, Evidence.CONTRACT) for name, key in given.items()}
    every = {question.id for question in questions.load()}
    assert every - {question.id for question in asked(answers)} == set(hidden.split())


@pytest.mark.parametrize("data", ["public", "internal"])
def test_settled_questions_never_make_worse_data_pass(data: str) -> None:
    """A review of harmless data says nothing for people: the agreement was not even asked for."""
    answers = {**BEST, "V-02": Answered(data, Evidence.CONTRACT)}
    for name in ("V-08", "V-09"):
        answers.pop(name)
    assert assess(answers).passes
    assert assess(answers, impact=3).knock_outs == ("V-08",)


QUESTION = """
id = "{name}"
text = "t"
weight = 1
answers = [["a", "b"], ["c", "d"]]
why = "w"
look = "l"
hidden_if = [["{other}", "a"]]
"""


@pytest.mark.parametrize("around", [("V-01",), ("V-01", "V-02"), ("V-01", "V-02", "V-03")])
def test_questions_that_hide_each_other_in_a_circle_are_refused(
    tmp_path: Path, around: tuple[str, ...]
) -> None:
    for name, other in zip(around, (*around[1:], around[0]), strict=True):
        text = QUESTION.format(name=name, other=other)
        (tmp_path / f"{name}.toml").write_text(text, "utf-8")
    with pytest.raises(QuestionError, match=f"in a circle: {', '.join(around)}"):
        questions.load_from(tmp_path)


def test_questions_in_a_row_are_no_circle(tmp_path: Path) -> None:
    first = QUESTION.replace('hidden_if = [["{other}", "a"]]', "").format(name="V-01")
    (tmp_path / "V-01.toml").write_text(first, "utf-8")
    for name, other in (("V-02", "V-01"), ("V-03", "V-02")):
        text = QUESTION.format(name=name, other=other)
        (tmp_path / f"{name}.toml").write_text(text, "utf-8")
    assert [one.id for one in questions.load_from(tmp_path)] == ["V-01", "V-02", "V-03"]
