"""The Celery application. The database row is the truth; a message is only a doorbell."""

import os

from celery import Celery
from celery.signals import worker_process_init

from audits.servers.lifeline import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mia_portal.settings")

app = Celery("mia_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["audits"])


@worker_process_init.connect
def end_with_the_worker(**_: object) -> None:
    """Celery's children outlive a parent that is killed unless the kernel ends them."""
    die_with_parent()
