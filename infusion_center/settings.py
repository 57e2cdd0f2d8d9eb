"""Every knob, in sections, each an environment variable read by a typed reader.

There is no default for a secret and none for the servers. Without DATABASE_URL the embedded PostgreSQL
and Redis are meant, and `embedded/place.py` names their addresses and keeps their secrets. With it, as in
production, the environment names the rest too. A missing one fails at start, by name.
"""

import logging
import os
import sys
from pathlib import Path
from typing import Any

import bootstrap
import environ
import pghistory
import structlog
from csp.constants import NONCE, NONE, SELF

from infusion_center.embedded import place
from infusion_center.shared.logs import without_rows

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
env.read_env(BASE_DIR / ".env", overwrite=False)
EMBEDDED = not env.str("DATABASE_URL", default="")
if EMBEDDED:
    chosen = {name: value for name, value in os.environ.items() if value}
    env.ENVIRON = place.at(place.default_root()).environment() | chosen

# --- What this is -----------------------------------------------------------------------------------

SECRET_KEY = env.str("SECRET_KEY")
DEBUG = env.bool("DEBUG", default=False)
DEMO = env.bool("DEMO", default=False)  # shows the demo logins on the sign-in page
# Invented data in a database of their own: every page says so, and nothing is sent (decision 0019).
PRACTICE = env.bool("PRACTICE", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
BEHIND_TLS = env.bool("BEHIND_TLS", default=False)  # a proxy in front speaks https and sets X-Forwarded-Proto

ROOT_URLCONF = "infusion_center.urls"
WSGI_APPLICATION = "infusion_center.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"
SITE_ID = 1

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "pgtrigger",
    "pghistory",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_htmx",
    "django_filters",
    "crispy_forms",
    "crispy_bootstrap5",
    "heroicons",
    "phonenumber_field",
    "rest_framework",
    "drf_spectacular",
    "django_structlog",
    "infusion_center",
    "infusion_center.places",
    "infusion_center.accounts",
    "infusion_center.audit",
    "infusion_center.outbox",
    "patients",
    "regimens",
    "visits",
    "billing",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "infusion_center.shared.headers.PolicyMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "infusion_center.accounts.middleware.StaffMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "infusion_center.shared.logs.RouteMiddleware",
    "infusion_center.accounts.middleware.IdleLockMiddleware",
    "infusion_center.accounts.middleware.CurrentSiteMiddleware",
    "infusion_center.audit.middleware.RequestContextMiddleware",
]

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
                "infusion_center.accounts.context.staff",
            ],
            "builtins": ["infusion_center.templatetags.show"],
        },
    }
]

# --- Servers -----------------------------------------------------------------------------------------

DATABASES = {"default": env.db("DATABASE_URL")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
    DATABASES["default"]["ENGINE"] = "infusion_center.shared.postgresql"
DATABASES["default"]["ATOMIC_REQUESTS"] = False
DATABASES["default"]["CONN_MAX_AGE"] = env.int("DB_CONN_MAX_AGE", default=600)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
# A pooler that gives the connection to somebody else after each transaction keeps no plans (decision 0025).
DATABASES["default"].setdefault("OPTIONS", {})["prepared"] = env.bool("DB_PREPARED", default=True)

REDIS_URL = env.str("REDIS_URL")  # redis://, rediss://, or unix://:password@/path/to.sock?db=0
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}

# With the person and their sites in one statement (decision 0025).
SESSION_ENGINE = "infusion_center.accounts.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_NAME = "practice_sessionid" if PRACTICE else "sessionid"  # both may be open in one browser
CSRF_COOKIE_NAME = "practice_csrftoken" if PRACTICE else "csrftoken"
SESSION_COOKIE_SECURE = BEHIND_TLS
SESSION_COOKIE_AGE = env.int("SESSION_HOURS", default=12) * 3600
CSRF_COOKIE_SECURE = BEHIND_TLS

# --- Celery: the beat table is in celery.py ----------------------------------------------------------

# Celery's own spelling of a local socket.
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TIMEZONE = "UTC"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# Of looking for people who could move; with making the model it stays under 250 ms (issue 4, item 2).
SQUEEZE_SECONDS = env.float("SQUEEZE_SECONDS", default=0.2)

# --- Language and time: UTC inside, the site's zone at the edge ---------------------------------------

LANGUAGE_CODE = "en-us"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
FORMAT_MODULE_PATH = None

# --- Static files -------------------------------------------------------------------------------------

STATIC_URL = "static/"
# On one machine files are served from where they lie; an image collects them (Dockerfile).
WHITENOISE_USE_FINDERS = env.bool("WHITENOISE_USE_FINDERS", default=DEBUG)
STATIC_ROOT = None if WHITENOISE_USE_FINDERS else BASE_DIR / "staticfiles"
STATICFILES_DIRS = [
    BASE_DIR / "infusion_center" / "static",
    ("bootstrap", Path(next(iter(bootstrap.__path__))) / "css"),
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": env.str(
            "STATICFILES_STORAGE", default="whitenoise.storage.CompressedManifestStaticFilesStorage"
        )
    },
}
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# --- Sign-in ------------------------------------------------------------------------------------------

AUTHENTICATION_BACKENDS = [
    "infusion_center.accounts.backends.StaffBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
    "infusion_center.accounts.backends.RoleBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "infusion_center.accounts.adapter.StaffAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
IDLE_LOCK_MINUTES = env.int("IDLE_LOCK_MINUTES", default=15)

# --- Headers ------------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_TLS else None
SECURE_SSL_REDIRECT = BEHIND_TLS
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=31_536_000 if BEHIND_TLS else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = BEHIND_TLS
SECURE_HSTS_PRELOAD = BEHIND_TLS

# --- Mail: a file outbox until SMTP is set, and always while practising ------------------------------------

MAIL_DIR = Path(env.str("MAIL_DIR", default=str(BASE_DIR / "var" / "mail")))
FILES_ONLY = f"filemail://{MAIL_DIR}"
EMAIL_CONFIG = (
    env.email_url_config(FILES_ONLY) if PRACTICE else env.email_url("EMAIL_URL", default=FILES_ONLY)
)
vars().update(EMAIL_CONFIG)
EMAIL_FILE_PATH = str(MAIL_DIR)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Infusion Center <no-reply@localhost>")
PUBLIC_URL = env.str("PUBLIC_URL", default="http://localhost:8000")

# --- Claims: who sends, to whom, at what price ---------------------------------------------------------

X12_SUBMITTER_ID = env.str("X12_SUBMITTER_ID", default="INFUSIONCTR")
X12_RECEIVER_ID = env.str("X12_RECEIVER_ID", default="CLEARINGHOUSE")
X12_RECEIVER_NAME = env.str("X12_RECEIVER_NAME", default="CLEARINGHOUSE")
X12_USAGE = "T" if PRACTICE else env.str("X12_USAGE", default="T")  # T test, P production

# --- API ------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["infusion_center.shared.api.DeclaredAbility"],
    "DEFAULT_PAGINATION_CLASS": "infusion_center.shared.api.Pages",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser", "rest_framework.parsers.MultiPartParser"],
    "EXCEPTION_HANDLER": "infusion_center.shared.api.problem_details",
    "COERCE_DECIMAL_TO_STRING": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Infusion Center",
    "DESCRIPTION": "What the pages do, for programs: find, book, chart, claims.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    # Words that several answers use under several names.
    "ENUM_NAME_OVERRIDES": {
        "ListAnswer": "patients.states.Answer",
        "YesNoUnknown": "patients.states.YesNo",
        "FactState": "patients.states.Life",
        "CoverageState": "patients.states.CoverageState",
        "PhoneKind": "patients.states.PhoneKind",
        "MeasurementKind": "patients.states.MeasurementKind",
        "ReactionKind": "visits.states.ReactionKind",
        "VisitKind": "visits.states.VisitKind",
        "OrderState": "regimens.states.OrderState",
        "VisitStatus": "visits.states.Status",
        "AdministrationState": "visits.states.Given",
        "ClaimState": "billing.states.ClaimState",
        "InboundState": "billing.states.InboundState",
    },
}

# --- Files people upload ---------------------------------------------------------------------------------

DOWNTIME_DIR = env.str("DOWNTIME_DIR", default="")  # where copies of the downtime pack go; empty: nowhere
UPLOAD_DIR = Path(env.str("UPLOAD_DIR", default=str(BASE_DIR / "var" / "uploads")))
DATA_UPLOAD_MAX_MEMORY_SIZE = 60 * 1024 * 1024

# --- History ----------------------------------------------------------------------------------------------

PGHISTORY_APPEND_ONLY = True
PGHISTORY_DEFAULT_TRACKERS = (pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
PGHISTORY_OBJ_FIELD = pghistory.ObjForeignKey(related_name="history")

# --- Logs: route names and keys, never paths, query strings or people --------------------------------------

LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOG_STEPS: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso"),
    structlog.processors.format_exc_info,
    without_rows,
]
AS_A_LINE = structlog.processors.KeyValueRenderer(
    key_order=["timestamp", "level", "event"], drop_missing=True
)
# Ours are written where the others are, but not through the loggers of the standard library, which take as
# long as all other steps together. A Celery worker puts a logger in the place of sys.stderr.
structlog.configure(
    processors=[*LOG_STEPS, AS_A_LINE],
    logger_factory=structlog.WriteLoggerFactory(sys.__stderr__),
    wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[LOG_LEVEL]),
    cache_logger_on_first_use=True,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processor": AS_A_LINE,
            "foreign_pre_chain": LOG_STEPS,
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        # Django's own lines about requests carry the path; ours carry the route's name.
        "django.request": {"level": "CRITICAL"},
        "django.server": {"level": "ERROR"},
        "fontTools": {"level": "ERROR"},
        "weasyprint": {"level": "ERROR"},
    },
}
