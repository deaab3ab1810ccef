"""Tags and filters of the components."""

import json
import re
from datetime import timedelta

import heroicons
import pytest
from django.template import Context, Template
from django.utils import timezone
from heroicons.templatetags import heroicons as heroicon_tags

from audits.enums import Hue, RatingBadge
from audits.queries.risk import Deadline
from audits.templatetags import ui
from tests.architecture.sources import ROOT


def render(source: str, context: dict[str, object] | None = None) -> str:
    text = Template(source).render(Context(context or {}))
    return re.sub(r"\s+", " ", text).strip()


def test_icon_that_stands_twice_is_drawn_once_and_what_is_typed_stays() -> None:
    icon = '{% heroicon_mini "fire" size=16 aria_hidden="true" %}'
    other = '{% heroicon_mini "clock" size=16 aria_hidden="true" %}'
    source = f"{{% shared_icons %}}{icon}{{{{ name }}}}{icon}{other}{{% endshared_icons %}}"
    html = render(source, {"name": "<svg>"})
    assert "&lt;svg&gt;" in html
    drawn = re.search(r'<symbol id="([^"]+)" viewBox="0 0 20 20"><path', html)
    assert drawn is not None
    assert html.count(f'<svg aria-hidden="true"><use href="#{drawn[1]}"/></svg>') == 2
    assert html.count("<symbol") == 1
    assert html.count("<path") == 2
    alone = f"{{% shared_icons %}}{other}{{% endshared_icons %}}"
    assert render(alone) == render(other)


@pytest.mark.parametrize("kind", ui.KINDS)
def test_looks_cover_every_value_of_the_enum(kind: str) -> None:
    enum = ui.KINDS[kind]
    assert set(ui.LOOKS[enum]) == set(enum)


@pytest.mark.parametrize("kind", ui.KINDS)
def test_badge_icons_are_all_different_within_a_kind(kind: str) -> None:
    icons = [ui.badge_of(kind, value).icon for value in ui.KINDS[kind].values]
    assert len(icons) == len(set(icons))
    for icon in icons:
        assert heroicons._load_icon("mini", icon).tag == "svg"


def test_badge_shows_the_word_of_the_enum() -> None:
    html = render('{% badge "rating" "critical" %}')
    assert re.findall(r'class="badge-word">(\w+)<', html) == [RatingBadge.CRITICAL.label]
    assert "tone-critical" in html


@pytest.mark.parametrize(
    ("decision", "word"),
    [
        ("approve", "Approved"),
        ("approve_listed", "Approved for listed data"),
        ("restrict", "Restricted"),
        ("reject", "Rejected"),
        ("undecided", "Not reviewed"),
    ],
)
def test_badge_of_a_decision_says_what_was_decided(decision: str, word: str) -> None:
    assert f">{word}<" in render('{% badge "decision" decision %}', {"decision": decision})


def test_badge_that_is_out_of_date_says_so_in_words_and_strikes_none_through() -> None:
    """What it says may be how the model is to be treated until it is tested again."""
    html = render('{% badge "rating" "low" struck=True %}')
    assert "badge-struck" in html
    assert "(out of date)" in html
    styles = "".join(path.read_text() for path in (ROOT / "static/css").glob("*.css"))
    rules = re.findall(r"\.badge-struck[^{]*\{([^}]*)\}", styles)
    assert [rule for rule in rules if "line-through" in rule] == []
    assert "dashed" in "".join(rules)


@pytest.mark.parametrize(("is_critical", "said"), [(True, "Fixed by"), (False, "Act by")])
def test_day_of_a_critical_rating_is_that_of_the_repair(is_critical: bool, said: str) -> None:  # noqa: FBT001 - a case
    """Access is cut off today, so nobody may read that there is time to act until then."""
    at = timezone.now() + timedelta(days=7)
    deadline = Deadline(at=at, days=7, since_audit=True, is_critical=is_critical)
    html = render('{% include "components/deadline.html" %}', {"deadline": deadline})
    assert f"{said} " in html
    assert ("Today: cut off access" in html) is is_critical
    assert ("Act by" in html) is not is_critical


def test_badge_of_unknown_value_is_an_error() -> None:
    with pytest.raises(ValueError, match="severe"):
        ui.badge_of("rating", "severe")


@pytest.mark.parametrize(("rating", "marked"), [("high", ["High"]), ("untested", [])])
def test_rating_scale_marks_only_a_rated_step(rating: str, marked: list[str]) -> None:
    html = render("{% rating_scale rating %}", {"rating": rating})
    assert re.findall(r'aria-current="true">(\w+)<', html) == marked
    assert html.count("<li") == 5


def test_interval_filter_shows_value_and_limits() -> None:
    estimate = {"value": 0.814, "low": 0.79, "high": 0.836}
    assert ui.interval(estimate) == "0.81 (0.79–0.84)"
    assert ui.interval(estimate, 3) == "0.814 (0.790–0.836)"


@pytest.mark.parametrize(
    ("delta", "words"),
    [
        (timedelta(seconds=10), "just now"),
        (timedelta(hours=-3, minutes=-1), "3 hours ago"),
        (timedelta(days=2, minutes=1), "in 2 days"),
    ],
)
def test_ago_has_words_and_the_exact_time(delta: timedelta, words: str) -> None:
    moment = timezone.now() + delta
    html = str(ui.ago(moment))
    exact = moment.strftime("%Y-%m-%dT%H:%MZ")
    tooltip = moment.strftime("%Y-%m-%d %H:%M UTC")
    expected = f'<time datetime="{exact}" title="{tooltip}">{words}</time>'
    assert html.replace("\xa0", " ") == expected


def test_ago_of_nothing_is_a_dash() -> None:
    assert ui.ago(None) == "–"


def test_client_hue_is_stable_and_within_the_palette() -> None:
    assert ui.client_hue("harbour-k3f9") == ui.client_hue("harbour-k3f9")
    hues = {ui.client_hue(f"client-{number}") for number in range(200)}
    assert hues == {f"hue-{number}" for number in range(len(Hue))}


def test_name_that_turns_the_direction_of_writing_leaves_its_sentence_alone() -> None:
    told = "The view \u202e\u2067\u05d0bc\u202c is kept."
    html = render(
        '{% include "components/message.html" with icon="play" text=told %}', {"told": told}
    )
    assert "The view \u05d0bc is kept." in html


def test_chart_data_cannot_break_out_of_its_script() -> None:
    html = ui.chart_data({"name": "</script><b>"})
    inside = re.fullmatch(r'<script data-chart type="application/json">(.*)</script>', html)
    assert inside is not None
    assert json.loads(inside[1]) == {"name": "</script><b>"}
    assert "<" not in inside[1]


@pytest.mark.parametrize("style", ["micro", "mini", "outline"])
def test_icon_is_as_the_package_draws_it_with_every_attribute_it_was_given(style: str) -> None:
    package = getattr(heroicon_tags, f"heroicon_{style}")
    for name, given in (
        ("play", {}),
        ("play", {"size": 12, "aria_hidden": "true"}),
        ("clock", {"size": 12, "aria_hidden": "true"}),
        ("play", {"aria_label": 'a "b" <c>'}),
    ):
        attributes = " ".join(f"{key}={key}" for key in given)
        source = f"{{% heroicon_{style} name {attributes} %}}"
        for _twice in range(2):
            drawn = Template(source).render(Context({"name": name, **given}))
            assert drawn == package(name, **given)
