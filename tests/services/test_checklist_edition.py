"""A checklist keeps its words until somebody takes over newer ones; answers stay through it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from audits.enums import Answer
from audits.guidance import catalogue, editions
from audits.models import Activity, CatalogueEdition, ChecklistItem, ChecklistPin, Client, User
from audits.queries import checklist as queries
from audits.queries import editions as pinned
from audits.services import checklist, checklist_answer, checklist_edition
from audits.services.errors import NotPossible
from tests.chains import details
from tests.factories import make_client

SHIPPED = Path(catalogue.__file__).parent / "controls"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A catalogue of this test's own, which begins as the one that is shipped."""
    made = tmp_path / "controls"
    shutil.copytree(SHIPPED, made)
    monkeypatch.setattr(catalogue, "FOLDER", made)
    _read_again()
    yield made
    monkeypatch.undo()
    _read_again()


def _read_again() -> None:
    catalogue.load.cache_clear()
    catalogue.by_id.cache_clear()


def _change(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new control, one less (AI-03), one less that is answered (AI-11), and one reworded."""
    text = (folder / "AI-01.toml").read_text("utf-8")
    fresh = text.replace('id = "AI-01"', 'id = "AI-39"').replace("Keep one list", "Print a list")
    (folder / "AI-39.toml").write_text(fresh, "utf-8")
    (folder / "AI-03.toml").unlink()
    (folder / "AI-11.toml").unlink()
    reworded = text.replace("weight = 4", "weight = 5").replace(
        "Review quarterly", "Review monthly"
    )
    (folder / "AI-01.toml").write_text(reworded, "utf-8")
    monkeypatch.setattr(catalogue, "CATALOGUE_VERSION", "2026.7")
    _read_again()


def _controls() -> set[str]:
    return set(ChecklistItem.objects.values_list("control", flat=True))


def test_edition_survives_being_stored() -> None:
    found = editions.current()
    assert editions.restored(editions.dumped(found.controls)) == found.controls


def test_difference_names_every_part_that_changed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = editions.current()
    _change(folder, monkeypatch)
    after = editions.current()
    assert (before.version, after.version) == ("2026.6", "2026.7")
    assert before.digest != after.digest
    found = editions.difference(before.controls, after.controls)
    assert [control.id for control in found.added] == ["AI-39"]
    assert [control.id for control in found.removed] == ["AI-03", "AI-11"]
    assert [(one.after.id, one.parts) for one in found.changed] == [("AI-01", ("weight", "steps"))]
    assert not editions.difference(after.controls, after.controls)


def test_nothing_changes_until_somebody_takes_it_over(
    tenant: Client, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checklist.refresh(client=tenant)
    before = _controls()
    _change(folder, monkeypatch)
    checklist.refresh(client=tenant)
    assert _controls() == before
    first = next(row for row in queries.rows(tenant) if row.control.id == "AI-01")
    assert (first.control.weight, first.control.steps[-1]) == (4, "Review quarterly")
    standing = pinned.standing(tenant)
    assert (standing.version, standing.newest, standing.is_behind) == ("2026.6", "2026.7", True)


def test_taking_over_keeps_every_answer(
    tenant: Client, technician: User, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checklist.refresh(client=tenant)
    for control in ("AI-01", "AI-11"):
        item = ChecklistItem.objects.get(control=control)
        checklist_answer.answer(item=item, actor=technician, answer=Answer.YES)
    _change(folder, monkeypatch)
    checklist_edition.take_over(client=tenant, actor=technician)
    found = {row.control.id: row for row in queries.rows(tenant)}
    # The new one is asked, the one that nobody touched is gone, the answered one is kept apart.
    assert "AI-39" in found
    assert "AI-03" not in found
    assert (found["AI-11"].is_retired, found["AI-11"].is_open) == (True, False)
    assert (
        found["AI-11"].control.title == "Set delete dates for training copies, logs and old models"
    )
    assert found["AI-01"].item.answer == found["AI-11"].item.answer == Answer.YES
    assert (found["AI-01"].control.weight, found["AI-01"].item.priority) == (5, 5.0)
    score = queries.score(found.values())
    assert (score.answered, score.applicable) == (1, len(found) - 1)
    line = Activity.objects.get(verb="took_over")
    assert details(line) == {
        "version": {"before": "2026.6", "after": "2026.7"},
        "added": ["AI-39"],
        "removed": ["AI-03", "AI-11"],
        "reworded": ["AI-01"],
    }
    assert not pinned.standing(tenant).is_behind
    with pytest.raises(NotPossible):
        checklist_edition.take_over(client=tenant, actor=technician)
    assert Activity.objects.filter(verb="took_over").count() == 1


def test_a_control_that_comes_back_counts_again(
    tenant: Client, technician: User, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checklist.refresh(client=tenant)
    item = ChecklistItem.objects.get(control="AI-11")
    checklist_answer.answer(item=item, actor=technician, answer=Answer.PARTLY)
    _change(folder, monkeypatch)
    checklist_edition.take_over(client=tenant, actor=technician)
    shutil.copy(SHIPPED / "AI-11.toml", folder)
    _read_again()
    checklist_edition.take_over(client=tenant, actor=technician)
    (back,) = [row for row in queries.rows(tenant) if row.control.id == "AI-11"]
    assert (back.is_retired, back.item.answer) == (False, Answer.PARTLY)


def test_clients_share_the_words_of_an_edition(tenant: Client, folder: Path) -> None:
    other = make_client(tenant.provider_id, "Other")
    for client in (tenant, other):
        checklist.refresh(client=client)
    assert CatalogueEdition.objects.filter(digest=editions.current().digest).count() == 1
    assert len({pin.edition_id for pin in ChecklistPin.objects.all()}) == 1
