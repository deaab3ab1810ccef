"""The Celery application. The database row is the truth; a message is only a doorbell."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mia_portal.settings")

app = Celery("mia_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["audits"])
