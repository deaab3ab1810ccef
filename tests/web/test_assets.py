"""Files taken out of installed packages, and what the templates rely on inside them."""

import re
from pathlib import Path

import heroicons
import pytest
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string

from audits.web.assets import PACKAGED, PackageFinder

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


@pytest.mark.parametrize("name", PACKAGED)
def test_packaged_file_is_found(name: str) -> None:
    found = finders.find(name)
    assert isinstance(found, str)
    assert Path(found).stat().st_size > 10_000


def test_package_finder_offers_exactly_the_listed_files() -> None:
    listed = list(PackageFinder().list(None))
    assert [name for name, _storage in listed] == list(PACKAGED)
    assert all(storage.exists(name) for name, storage in listed)


@pytest.mark.parametrize(
    "name", ["plotly.min.js", "vendor/../settings.py", "vendor/widgetbundle.js"]
)
def test_package_finder_finds_nothing_else(name: str) -> None:
    assert PackageFinder().find(name) == []


def test_style_placeholders_are_the_ones_plotly_looks_for() -> None:
    template = (ROOT / "templates" / "components" / "chart_scripts.html").read_text()
    script = Path(str(finders.find("vendor/plotly.min.js"))).read_text()
    own, maps = re.findall(r'<style id="([^"]+)"', template)
    assert own == "plotly.js-style-global"
    assert '"plotly.js-style-"+' in script
    assert f'document.getElementById("{maps}")' in script


def test_templates_have_no_inline_style_or_script() -> None:
    inline = re.compile(
        r"\sstyle=|\son\w+=|<script(?![^>]*(?:src=|application/json))|<style(?! id=)"
    )
    found = {str(path.relative_to(ROOT)) for path in TEMPLATES if inline.search(path.read_text())}
    assert found == set()


def test_templates_name_icons_that_exist() -> None:
    used = re.compile(r'heroicon_(\w+) "([\w-]+)"')
    named = {match for path in TEMPLATES for match in used.findall(path.read_text())}
    assert all(heroicons._load_icon(style, icon).tag == "svg" for style, icon in named)


def test_static_files_named_in_templates_exist() -> None:
    named = {
        name
        for path in TEMPLATES
        for name in re.findall(r"\{% static '([^']+)' %\}", path.read_text())
    }
    assert {name for name in named if not finders.find(name)} == set()


def test_static_files_keep_to_400_lines() -> None:
    own = [*ROOT.glob("static/css/*.css"), *ROOT.glob("static/js/*.js")]
    assert {p.name for p in own if len(p.read_text().splitlines()) > 400} == set()


@pytest.mark.parametrize("code", ["400", "403", "404", "500"])
def test_error_page_renders_without_any_context(code: str) -> None:
    html = render_to_string(f"{code}.html")
    assert re.findall(r'class="code">(\d+)<', html) == [code]
    assert "{{" not in html
    assert "None" not in html
