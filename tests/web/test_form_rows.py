"""`{{ form }}` as the pages show it."""

import re

from django import forms


class SampleForm(forms.Form):
    name = forms.CharField(label="Name", help_text="As the client calls it.")
    kind = forms.ChoiceField(choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)
    file = forms.FileField(label="File")
    seed = forms.IntegerField(label="Seed", required=False)
    agreed = forms.BooleanField(label="Agreed")
    token = forms.CharField(widget=forms.HiddenInput, required=False)


def html_of(form: forms.Form) -> str:
    return re.sub(r"\s+", " ", str(form))


def test_form_row_ties_help_and_error_to_the_control() -> None:
    html = html_of(SampleForm({}))
    described = re.findall(r'<input type="text"[^>]*aria-describedby="([^"]+)"', html)
    assert described == ["id_name_helptext id_name_error"]
    ids = re.findall(r' id="([^"]+)"', html)
    assert {"id_name", "id_name_helptext", "id_name_error"} <= set(ids)
    assert len(ids) == len(set(ids))


def test_form_row_has_a_label_for_every_visible_control() -> None:
    html = html_of(SampleForm())
    controls = re.findall(r"<input (?![^>]*hidden)[^>]*\bid=\"([^\"]+)\"", html)
    labelled = re.findall(r"<label[^>]*\bfor=\"([^\"]+)\"", html)
    assert sorted(labelled) == sorted(controls)
    assert len(re.findall("<legend", html)) == 1


def test_form_row_says_optional_in_words() -> None:
    html = html_of(SampleForm())
    assert re.findall(r"(\w+) <span class=\"field-optional\">\(optional\)", html) == ["Seed"]


def test_form_summary_links_to_every_wrong_field() -> None:
    html = html_of(SampleForm({"name": "x"}))
    summary = html[html.index("data-error-summary") : html.index("</ul>")]
    assert re.findall(r'href="#([^"]+)"', summary) == ["id_kind_0", "id_file", "id_agreed"]
    assert all(f'id="{target}"' in html for target in ("id_kind_0", "id_file", "id_agreed"))


def test_form_without_errors_has_no_summary() -> None:
    assert "data-error-summary" not in html_of(SampleForm())


def test_form_escapes_what_people_typed() -> None:
    assert "<b>" not in html_of(SampleForm({"name": "<b>", "seed": "<b>"}))
