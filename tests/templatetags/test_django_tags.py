"""Tags that stand in the place of Django's own give what those give."""

import pytest
from django.template import Context, Engine, Template
from django.urls import NoReverseMatch
from django.utils import translation

from audits.templatetags.addresses import AddressNode
from audits.templatetags.translated import FixedNode

CONTEXT = {"slug": "harbour", "pk": 7, "name": "<b>", "n": 2, "word": "Save"}
WRITTEN = [
    "{% url 'fleet' %}",
    "{% url 'model' slug pk %}",
    "{% url 'model' slug=slug pk=pk %}",
    "{% url 'model' slug pk as at %}{{ at }}",
    "{% url 'model' slug as at %}none: {{ at }}.",
    "{% load i18n %}{% translate 'Save' %}",
    "{% load i18n %}{% translate '50% & more' %}",
    "{% load i18n %}{% translate 'Save' as word %}{{ word }}",
    "{% load i18n %}{% translate 'Save' noop %}",
    "{% load i18n %}{% translate word %}",
    "{% load i18n %}{% translate 'Save'|lower %}",
    "{% load i18n %}{% translate 'May' context 'abbrev. month' %}",
    "{% load i18n %}{% blocktranslate %}{{ name }} is 50% done{% endblocktranslate %}",
    "{% load i18n %}{% blocktranslate with a=n %}{{ a }} of it{% endblocktranslate %}",
    "{% load i18n %}{% blocktranslate count counter=n %}{{ counter }} one{% plural %}"
    "{{ counter }} many{% endblocktranslate %}",
]


def _drawn(engine: Engine, written: str, **context: object) -> str:
    """Twice, because the second time the tag remembers."""
    template = Template(written, engine=engine)
    first, second = (template.render(Context(CONTEXT | context)) for _ in range(2))
    assert first == second
    return first


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("language", ["en-gb", "de"])
def test_the_tags_give_what_djangos_give(written: str, language: str) -> None:
    ours = Engine.get_default()
    assert "audits.templatetags.translated" in ours.libraries["i18n"]
    django = Engine(libraries={"i18n": "django.templatetags.i18n"})
    with translation.override(language):
        assert _drawn(ours, written) == _drawn(django, written) != ""


def test_a_sentence_is_kept_for_its_language_alone() -> None:
    template = Engine.get_default().from_string("{% load i18n %}{% translate 'Yes' %}")
    assert template.nodelist.get_nodes_by_type(FixedNode)
    said = []
    for language in ("en-gb", "de", "en-gb"):
        with translation.override(language):
            said.append(template.render(Context()))
    assert said == ["Yes", "Ja", "Yes"]


def test_an_address_follows_its_parts_and_must_exist() -> None:
    template = Engine.get_default().from_string("{% url 'model' slug pk %}")
    assert template.nodelist.get_nodes_by_type(AddressNode)
    found = [template.render(Context({"slug": "a", "pk": pk})) for pk in (1, 2, 1)]
    assert found == ["/c/a/models/1/", "/c/a/models/2/", "/c/a/models/1/"]
    for _ in range(2):
        with pytest.raises(NoReverseMatch):
            template.render(Context({"slug": "a"}))
