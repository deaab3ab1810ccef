"""Where a report is found and checked: the one place that knows, for requests and the clock."""

from django.urls import reverse

from audits.models import Client, ReportSending


def check() -> str:
    """Where anybody can ask whether a report is genuine."""
    return reverse("report_check")


def sent(client: Client, sending: ReportSending) -> str:
    """Where the link in a letter about a report leads."""
    return reverse("report_link", kwargs={"slug": client.slug, "pk": sending.pk})
