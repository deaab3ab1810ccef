"""The only settings file; everything that differs between installations comes from the environment.

Embedded mode (`manage.py up`) fills the same variables that a production installation sets by hand.
`audits.checks` refuses to start with a missing key; only `manage.py audit`, which needs neither
database nor secrets, runs without them.
"""

import os
from pathlib import Path

import django_stubs_ext
import environ
from csp.constants import NONCE, NONE, SELF

# Django's generic classes can then be written with their type, as the type checker reads them.
django_stubs_ext.monkeypatch()
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
MIA_ENCRYPTION_KEY = env.str("MIA_ENCRYPTION_KEY", default="")
# Embedded installations speak plain HTTP on loopback; production ones stand behind TLS.
MIA_EMBEDDED = env.bool("MIA_EMBEDDED", default=False)
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"] if MIA_EMBEDDED or DEBUG else []
)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "audits.apps.AuditsConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "csp",
    "django_htmx",
    "heroicons",
    "rest_framework",
    "drf_spectacular",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "audits.web.middleware.NoStoreMiddleware",
    "audits.web.middleware.TenancyMiddleware",
]
ROOT_URLCONF = "mia_portal.urls"
WSGI_APPLICATION = "mia_portal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "audits.web.context.portal",
            ],
            "builtins": ["heroicons.templatetags.heroicons", "audits.templatetags.ui"],
        },
    }
]
FORM_RENDERER = "audits.web.forms.renderer.PortalRenderer"

# --- database: web, worker, beat and tests run as mia_app; only migrate and backup as mia_owner
DATABASES = {
    "default": {
        **env.db_url("DATABASE_URL", default="postgresql://mia_app@/mia"),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
}
if "DATABASE_OWNER_URL" in os.environ:
    DATABASES["owner"] = env.db_url("DATABASE_OWNER_URL")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- broker, cache
BROKER_URL = env.str("BROKER_URL", default="")


def _cache() -> dict[str, str]:
    """Return the cache: by CACHE_URL, else the broker where it speaks Redis, else a table."""
    url = env.str("CACHE_URL", default="")
    if not url and BROKER_URL.startswith(("redis", "unix", "valkey")):
        url = BROKER_URL
    if url.startswith(("redis", "unix", "valkey")):
        return {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            # A socket in the broker's spelling, put into the cache's.
            "LOCATION": url.replace("redis+socket://", "unix://", 1).replace(
                "?virtual_host=", "?db=", 1
            ),
            "KEY_PREFIX": "mia-cache",
        }
    return {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "mia_cache",
    }


CACHES = {"default": _cache()}

CELERY_BROKER_URL = BROKER_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_ACKS_LATE = False  # the row is the truth; a late ack would run long work twice
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_DEFAULT_QUEUE = "mia"
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "recover-jobs": {"task": "audits.tasks.recover_jobs", "schedule": 5.0},
}

# --- files
MIA_STATE_DIR = Path(env.str("MIA_STATE_DIR", default=str(BASE_DIR / "var" / "state")))
# matplotlib keeps a font list; it belongs to the installation, not to somebody's home.
os.environ.setdefault("MPLCONFIGDIR", str(MIA_STATE_DIR / "matplotlib"))
STORAGE_URL = env.str("STORAGE_URL", default=f"file://{MIA_STATE_DIR / 'files'}")
MIA_STORAGE_ROOT = Path(STORAGE_URL.removeprefix("file://"))
MIA_MAX_UPLOAD_BYTES = env.int("MIA_MAX_UPLOAD_BYTES", default=256 * 1024 * 1024)
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
# The largest form has four file fields; what is sent beside them would only fill the memory.
DATA_UPLOAD_MAX_NUMBER_FILES = 4
FILE_UPLOAD_HANDLERS = ["audits.web.uploads.MemoryFileHandler"]

# --- identity
AUTH_USER_MODEL = "audits.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
ACCOUNT_ADAPTER = "audits.web.identity.ClosedAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
# No letter to strangers: it would name a sign-up page, and the answer would tell who is known.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_SESSION_REMEMBER = False
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)

# --- browser security
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_AGE = 12 * 60 * 60
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not (MIA_EMBEDDED or DEBUG)
SECURE_SSL_REDIRECT = not (MIA_EMBEDDED or DEBUG)
SECURE_HSTS_SECONDS = 0 if (MIA_EMBEDDED or DEBUG) else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE_HSTS_SECONDS > 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "audits.web.errors.csrf_failure"
if env.bool("MIA_BEHIND_TLS_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
        "manifest-src": [SELF],
    }
}

# --- static files: ours plus exact files out of installed packages; never a CDN
STATIC_URL = "static/"
# Embedded installations serve from the packages themselves and collect nothing.
STATIC_ROOT = (
    None if MIA_EMBEDDED or DEBUG else env.str("STATIC_ROOT", default=str(MIA_STATE_DIR / "static"))
)
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "audits.web.assets.PackageFinder",
]
WHITENOISE_USE_FINDERS = MIA_EMBEDDED or DEBUG
if not (MIA_EMBEDDED or DEBUG):
    STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }

# --- language and time
LANGUAGE_CODE = "en-gb"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["audits.api.parsing.BoundedJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "audits.api.pagination.Pages",
    "EXCEPTION_HANDLER": "audits.api.errors.respond",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "PAGE_SIZE": 50,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "MIA Portal",
    "DESCRIPTION": "Clients, models, datasets and audits of the clients that you may open.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
}

# --- jobs
MIA_LEASE_SECONDS = env.int("MIA_LEASE_SECONDS", default=15)
MIA_HEARTBEAT_SECONDS = env.int("MIA_HEARTBEAT_SECONDS", default=2)
MIA_REQUEUE_SECONDS = env.int("MIA_REQUEUE_SECONDS", default=60)
MIA_MAX_ATTEMPTS = 3
MIA_SANDBOX_THREADS = env.int("MIA_SANDBOX_THREADS", default=2)
MIA_SANDBOX_PROCESSES = env.int("MIA_SANDBOX_PROCESSES", default=1)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
}
