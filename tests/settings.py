"""The portal's settings as the tests need them: same code, throw-away keys, nothing slow."""

import base64
import os

# The variables are the border: the settings under test are the real ones.
os.environ.update(
    {
        "DEBUG": "0",
        "MIA_EMBEDDED": "1",
        "SECRET_KEY": "for-tests-only-" + "x" * 50,
        "MIA_ENCRYPTION_KEY": base64.urlsafe_b64encode(bytes(range(32))).decode("ascii"),
        "BROKER_URL": "memory://",
        "CACHE_URL": "",
        "EMAIL_URL": "memorymail://",
    }
)

from mia_portal.settings import *  # noqa: F403 - after the variables

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
# Argon2 is slow on purpose; its use is a check of the real settings.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Look a static file up when it is asked for, instead of listing all of them for every browser.
WHITENOISE_AUTOREFRESH = True
