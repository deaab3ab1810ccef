"""The settings of the tests, with the cache that an installation would have."""

import os

from mia_portal.settings import _cache
from tests.settings import *  # noqa: F403 - all of them

os.environ["CACHE_URL"] = os.environ.get("MIA_TEST_SHARED_CACHE", "")
CACHES = {"default": _cache()}
