import pytest
from celery import Celery
from django.db import transaction

from audits import queue


@pytest.mark.django_db(transaction=True)
def test_ring_without_a_broker_is_a_warning_and_no_error(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The row is committed; the beat job rings again later."""
    away = Celery("away", broker="redis://127.0.0.1:1/0", set_as_current=False)
    monkeypatch.setattr(queue, "current_app", away)
    with transaction.atomic():
        queue.ring(unit_id=7, client_id=1, provider_id=1)
    assert [record.getMessage() for record in caplog.records] == [
        "The broker cannot be reached; run_unit 7 is sent again later."
    ]
