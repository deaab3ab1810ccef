"""Walks over every address of the matrix."""

from django.test import Client as Browser

from audits.models import Job
from tests.factories import World
from tests.web.test_matrix import PAGES, Page, address_of, asked, cast_of, is_of_a_client

OF_A_CLIENT = [page for page in PAGES if is_of_a_client(page)]


def asked_as_in_the_matrix(world: World, browser: Browser, page: Page) -> tuple[int, bytes]:
    """Status and body at the first client, with the job as the page needs it."""
    with world.here.scope():
        Job.objects.filter(pk=world.here.job.pk).update(state=page.job)
    return asked(browser, page, address_of(page, cast_of(page, world)))
