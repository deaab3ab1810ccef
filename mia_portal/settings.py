"""The only settings file; everything that differs between installations comes from the environment.

Embedded mode (`manage.py up`) fills the same variables that a production installation sets by hand.
`audits.checks` refuses to start with a missing key; only `manage.py audit`, which needs neither
database nor secrets, runs without them.
"""

import os
from pathlib import Path
from typing import Any

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
    "allauth.mfa",
    "allauth.socialaccount",
    "csp",
    "django_htmx",
    "heroicons",
    "rest_framework",
    "drf_spectacular",
]
MIDDLEWARE = [
    "audits.web.proxies.ProxyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "audits.web.protection.ProtectionMiddleware",
    "audits.web.protection.MethodMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "audits.web.middleware.OriginMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "audits.web.protection.BodyLimitMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "audits.web.session_clock.SessionClockMiddleware",
    "audits.web.middleware.NoStoreMiddleware",
    "audits.web.bearer.BearerMiddleware",
    "audits.web.middleware.RefusalMiddleware",
    "audits.web.middleware.TenancyMiddleware",
    "audits.web.second_factor.SecondFactorMiddleware",
]
ROOT_URLCONF = "mia_portal.urls"
WSGI_APPLICATION = "mia_portal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    ["audits.web.templates.DenseFiles", "audits.web.templates.DensePackages"],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "audits.web.context.portal",
            ],
            # In the place of Django's own, for every template that loads it.
            "libraries": {"i18n": "audits.templatetags.translated"},
            "builtins": [
                "audits.templatetags.addresses",
                "audits.templatetags.icons",
                "audits.templatetags.ui",
                "audits.templatetags.terms",
            ],
        },
    }
]
FORM_RENDERER = "audits.web.forms.renderer.PortalRenderer"

# --- database: web, worker, beat and tests run as mia_app; only migrate and backup as mia_owner
# Compiling a question takes longer than answering it, and disks have no heads any more.
_DATABASE = env.db_url("DATABASE_URL", default="postgresql://mia_app@/mia")
_OPTIONS = {"options": "-c jit=off -c random_page_cost=1.1", **_DATABASE.get("OPTIONS", {})}
_DATABASE |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True, "OPTIONS": _OPTIONS}
DATABASES: dict[str, Any] = {"default": _DATABASE, "cache": {**_DATABASE}}  # see its router
DATABASE_ROUTERS = ["mia_portal.routers.TableCacheRouter"]
if "DATABASE_OWNER_URL" in os.environ:
    DATABASES["owner"] = env.db_url("DATABASE_OWNER_URL")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- broker, cache
BROKER_URL = env.str("BROKER_URL", default="")


def _cache() -> dict[str, Any]:
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
        # Counters of rate limits live up to two hours and must not make room for each other.
        "TIMEOUT": 7200,
        "OPTIONS": {"MAX_ENTRIES": 100_000},
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
    "deliver-due-mail": {"task": "audits.tasks.deliver_due_mail", "schedule": 5.0},
    "end-looks": {"task": "audits.tasks.end_looks", "schedule": 20.0},
    "delete-due-records": {"task": "audits.tasks.delete_due_records", "schedule": 600.0},
    "remove-files": {"task": "audits.tasks.remove_files", "schedule": 60.0},
    "refresh-figures": {"task": "audits.tasks.refresh_figures", "schedule": 60.0},
    "make-due-reports": {"task": "audits.tasks.make_due_reports", "schedule": 60.0},
    "start-due-audits": {"task": "audits.tasks.start_due_audits", "schedule": 60.0},
}

# --- files
MIA_STATE_DIR = Path(env.str("MIA_STATE_DIR", default=str(BASE_DIR / "var" / "state")))
# matplotlib keeps a font list; it belongs to the installation, not to somebody's home.
os.environ.setdefault("MPLCONFIGDIR", str(MIA_STATE_DIR / "matplotlib"))
STORAGE_URL = env.str("STORAGE_URL", default=f"file://{MIA_STATE_DIR / 'files'}")
MIA_STORAGE_ROOT = Path(STORAGE_URL.removeprefix("file://"))
MIA_MAX_UPLOAD_BYTES = env.int("MIA_MAX_UPLOAD_BYTES", default=256 * 1024 * 1024)
# Evidence that a control is in place: a scan, a picture, an export.
MIA_MAX_EVIDENCE_BYTES = env.int("MIA_MAX_EVIDENCE_BYTES", default=10 * 1024 * 1024)
# Room for the files of one client, where its provider sets no other.
MIA_CLIENT_STORAGE_BYTES = env.int("MIA_CLIENT_STORAGE_BYTES", default=5 * 1024**3)
# The operator's ClamAV, which looks at uploads before we do: unix:///path or tcp://host:port.
MIA_CLAMD = env.str("MIA_CLAMD", default="")
# A form without its files; the API's own bound on a body is narrower.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
# The longest list to tick: every client of a large provider, in one decision about a tool.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
# The largest form has four file fields; what is sent beside them would only fill the memory.
DATA_UPLOAD_MAX_NUMBER_FILES = 4
FILE_UPLOAD_HANDLERS = ["audits.web.uploads.MemoryFileHandler"]

# --- requests to addresses that people type: public https alone, and what the operator adds here
MIA_OUTBOUND_ALLOW = env.list("MIA_OUTBOUND_ALLOW", default=[])
MIA_OUTBOUND_PORTS = env.list("MIA_OUTBOUND_PORTS", default=[])
MIA_OUTBOUND_CA_FILE = env.str("MIA_OUTBOUND_CA_FILE", default="")

# --- identity
AUTH_USER_MODEL = "audits.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "audits.services.passwords.LongestPassword"},
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
SOCIALACCOUNT_ADAPTER = "audits.web.sign_on_library.SignOnAdapter"
SOCIALACCOUNT_STORE_TOKENS = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False  # this session goes on; every other one ends
ACCOUNT_LOGIN_ON_PASSWORD_RESET = False  # the second step is asked for, as at any log-in
ACCOUNT_RATE_LIMITS = {"report_check": "20/m/ip"}  # beside the library's own
ACCOUNT_REAUTHENTICATION_METHODS = {"password", "mfa"}
ACCOUNT_REAUTHENTICATION_TIMEOUT = 10 * 60
ACCOUNT_EMAIL_NOTIFICATIONS = True  # of a changed password or second factor
ACCOUNT_EMAIL_SUBJECT_PREFIX = "MIA Portal: "
PASSWORD_RESET_TIMEOUT = 60 * 60
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
# Proxies of this installation that add to X-Forwarded-For; what lies further left is hearsay.
MIA_TRUSTED_PROXIES = env.int("MIA_TRUSTED_PROXIES", default=0)

# --- mail: without EMAIL_URL letters wait for the operator (`manage.py outbox`); none is printed
EMAIL_URL = env.str("EMAIL_URL", default="")
MIA_SENDS_MAIL = bool(EMAIL_URL)
vars().update(environ.Env.email_url_config(EMAIL_URL or "dummymail://"))
# How long a worker may be at one letter; a mail server that keeps it waiting is left before.
MIA_MAIL_LEASE_SECONDS = env.int("MIA_MAIL_LEASE_SECONDS", default=120)
EMAIL_TIMEOUT = min(20, MIA_MAIL_LEASE_SECONDS / 2)
_HOST = next((name.strip(".") for name in ALLOWED_HOSTS if name[:1] != "["), "")
# What links in letters, on the console and in reports begin with, whatever a request calls itself.
MIA_PUBLIC_URL = env.str(
    "MIA_PUBLIC_URL", default="" if MIA_EMBEDDED or DEBUG or not _HOST else f"https://{_HOST}"
).rstrip("/")
DEFAULT_FROM_EMAIL = env.str(
    "MIA_MAIL_FROM", default=f"MIA Portal <no-reply@{_HOST or 'localhost'}>"
)
# --- second factor and sessions
# Off only for demonstrations and where single sign-on asks for one; every page says so.
MIA_REQUIRE_MFA = env.bool("MIA_REQUIRE_MFA", default=True)
MFA_ADAPTER = "audits.web.identity.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = "MIA Portal"
# People are invited, so nobody can lock somebody else's address up by signing up with it.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_FORMS = {
    "activate_totp": "audits.web.forms.second_factor.ActivateAppForm",
    "add_webauthn": "audits.web.forms.second_factor.AddPasskeyForm",
    "authenticate": "audits.web.forms.second_factor.CodeForm",
    "authenticate_webauthn": "audits.web.forms.second_factor.PasskeyStepForm",
    "login_webauthn": "audits.web.forms.second_factor.PasskeyLogInForm",
    "reauthenticate": "audits.web.forms.second_factor.ConfirmByCodeForm",
    "reauthenticate_webauthn": "audits.web.forms.second_factor.ConfirmByPasskeyForm",
}
MIA_SESSION_IDLE_SECONDS = 60 * 60
MIA_SESSION_SECONDS = 12 * 60 * 60

# --- browser security
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_AGE = MIA_SESSION_SECONDS
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not (MIA_EMBEDDED or DEBUG)
if SESSION_COOKIE_SECURE:  # browsers then take them from this very host alone
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
# Messages name clients: they belong into the session, not into a cookie of their own.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SECURE_SSL_REDIRECT = not (MIA_EMBEDDED or DEBUG)
SECURE_HSTS_SECONDS = 0 if (MIA_EMBEDDED or DEBUG) else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE_HSTS_SECONDS > 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "audits.web.errors.csrf_failure"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
# Networks of the proxies that end TLS, or `unix` for a socket file: only they are believed.
MIA_PROXIES = env.list("MIA_PROXIES", default=[])
if MIA_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Who hears of weaknesses, for /.well-known/security.txt: addresses as mailto: or https:.
MIA_SECURITY_CONTACT = env.list("MIA_SECURITY_CONTACT", default=[])
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
LOCALE_PATHS = [BASE_DIR / "locale"]
# "i18n" is taken by tags of our own on purpose (`audits/templatetags/translated.py`).
SILENCED_SYSTEM_CHECKS = ["templates.W003"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "audits.api.authentication.BearerAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "audits.api.authentication.WithinScopes",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["audits.api.parsing.BoundedJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "audits.api.pagination.Pages",
    "EXCEPTION_HANDLER": "audits.api.errors.respond",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "PAGE_SIZE": 50,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "MIA Portal",
    "DESCRIPTION": "Clients, models, datasets, AI tools, checklists and audits that you may open."
    " Programs send an API token: `Authorization: Bearer mia_…`."
    " What is asked for too often is answered with 429 and `Retry-After`.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_NAME_OVERRIDES": {"AnswerEnum": "audits.enums.Answer"},
}

# --- how often something may be asked for
MIA_API_REQUESTS_PER_MINUTE = env.int("MIA_API_REQUESTS_PER_MINUTE", default=600)
MIA_AUDIT_STARTS_PER_HOUR = env.int("MIA_AUDIT_STARTS_PER_HOUR", default=10)
MIA_PDF_REQUESTS_PER_HOUR = env.int("MIA_PDF_REQUESTS_PER_HOUR", default=30)

# --- jobs
MIA_LEASE_SECONDS = env.int("MIA_LEASE_SECONDS", default=15)
MIA_HEARTBEAT_SECONDS = env.int("MIA_HEARTBEAT_SECONDS", default=2)
MIA_REQUEUE_SECONDS = env.int("MIA_REQUEUE_SECONDS", default=60)
MIA_MAX_ATTEMPTS = 3
MIA_SANDBOX_THREADS = env.int("MIA_SANDBOX_THREADS", default=2)
MIA_SANDBOX_PROCESSES = env.int("MIA_SANDBOX_PROCESSES", default=1)

# A token that somebody sent is in no log line and in no letter about an error.
DEFAULT_EXCEPTION_REPORTER = "audits.web.masking.MaskedReporter"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "()": "audits.web.masking.MaskedFormatter",
            "format": "%(levelname)s %(name)s: %(message)s",
        }
    },
    "filters": {"in_production": {"()": "django.utils.log.RequireDebugFalse"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "plain"},
        "letters": {
            "class": "audits.web.masking.MaskedEmailHandler",
            "level": "ERROR",
            "filters": ["in_production"],
        },
    },
    "loggers": {"django": {"handlers": ["letters"], "level": "INFO"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
}
