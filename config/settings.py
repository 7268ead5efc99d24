"""All settings, each from the environment with a default that runs. README.md has the table."""

from __future__ import annotations

import warnings
from pathlib import Path

from csp.constants import NONE, SELF

from config.env import Env, celery_broker, database, secret_from, socket_path

BASE_DIR = Path(__file__).resolve().parent.parent
env = Env()

VAR_DIR = Path(env.text("ONWARD_VAR", str(BASE_DIR / "var"))).resolve()
VAR_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)  # it holds everybody's addresses and sessions
VERSION = (BASE_DIR / "CHANGELOG.md").read_text(encoding="utf-8").split("## ", 1)[1].split()[0]

# --- Who we are -------------------------------------------------------------------------------------------------------
DEMO = env.flag("DEMO", False)
PUBLIC_URL = env.url("PUBLIC_URL", "http://127.0.0.1:8000")
SECRET_KEY = secret_from(VAR_DIR / "secret")
DEBUG = env.flag("DEBUG", False)
ALLOWED_HOSTS = env.hosts(PUBLIC_URL)
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL.origin]
SECURE = PUBLIC_URL.scheme == "https"
TRUSTED_PROXIES = env.number("TRUSTED_PROXIES", 0)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES

# --- Applications -----------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "config",
    "tenants",
    "notices",
    "onboarding",
    "relaycheck",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "template_partials",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    *(["demo"] if DEMO else []),
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "tenants.middleware.PrivatePages",
    "tenants.middleware.OwnTimeZone",
    "config.refusing.PlainPaths",
]
ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
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
                "config.context.shell",
            ],
        },
    }
]

# --- Where rows and nudges live ---------------------------------------------------------------------------------------
DATABASES = {"default": database(env.text("DATABASE_URL", ""), VAR_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.text("REDIS_URL", f"unix://{socket_path(VAR_DIR / 'valkey')}")
# In the database, so that sign-in limits hold while Redis is away.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        "OPTIONS": {"MAX_ENTRIES": 5000},
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"

# --- Celery: one beat table, no results, no countdowns ----------------------------------------------------------------
CELERY_BROKER_URL = celery_broker(REDIS_URL)
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "socket_timeout": 15,
    "socket_connect_timeout": 5,
    "socket_keepalive": True,
    "health_check_interval": 10,
    "retry_on_timeout": True,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "global_keyprefix": "onward:",
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 0}
TICK_SECONDS = env.number("TICK_SECONDS", 1)
SWEEP_SECONDS = env.number("SWEEP_SECONDS", 60)
BACKUP_HOUR = env.number("BACKUP_HOUR", 3)

# --- Public DNS -------------------------------------------------------------------------------------------------------
DNS_RESOLVERS = env.words("DNS_RESOLVERS", ["1.1.1.1", "8.8.8.8", "9.9.9.9"])
DNS_AUTHORITATIVE_PORT = env.port("DNS_AUTHORITATIVE_PORT", 53)
DNS_ALLOWED_NETWORKS = env.networks("DNS_ALLOWED_NETWORKS", [])
DNS_CA_FILE = env.text("DNS_CA_FILE", "")
DNS_CANARIES = env.words("DNS_CANARIES", ["."])
DNS_TIMEOUT_SECONDS = env.seconds("DNS_TIMEOUT_SECONDS", 2)
DNS_TRIES = env.number("DNS_TRIES", 3)
DNS_FALLBACK_AFTER = env.seconds("DNS_FALLBACK_AFTER", 120)  # of silence, before resolvers stand in for name servers
DNS_LOOK_SECONDS = env.seconds("DNS_LOOK_SECONDS", 20)
DNS_PER_SERVER = env.number("DNS_PER_SERVER", 100)
DNS_OVERALL = env.number("DNS_OVERALL", 500)
SWEEPERS = env.number("SWEEPERS", 1)
SWEEP_WINDOW = env.number("SWEEP_WINDOW", 500)

# --- Rhythm (decision 13), all in seconds -----------------------------------------------------------------------------
RHYTHM_EAGER = env.seconds("RHYTHM_EAGER", 30)  # between looks while somebody is waiting
RHYTHM_EAGER_FOR = env.seconds("RHYTHM_EAGER_FOR", 600)  # how long after adding, editing, opening or looking
RHYTHM_WAITING = env.seconds("RHYTHM_WAITING", 600)  # where the slowing down ends
RHYTHM_WAITING_FOR = env.seconds("RHYTHM_WAITING_FOR", 14 * 86400)
RHYTHM_RARE = env.seconds("RHYTHM_RARE", 3600)
RHYTHM_GUARDED = env.seconds("RHYTHM_GUARDED", 900)
RHYTHM_DAY_BEFORE = env.seconds("RHYTHM_DAY_BEFORE", 120)  # in the day before a cut-over
RHYTHM_WINDOW = env.seconds("RHYTHM_WINDOW", 30)  # while mail is planned to move
CONFIRM_AFTER = env.seconds("CONFIRM_AFTER", 60)  # before a changed verdict is believed
GONE_AFTER = env.seconds("GONE_AFTER", 900)  # over which three looks must prove an absence
SILENT_AFTER = env.seconds("SILENT_AFTER", 600)  # before a lone answering name server is enough
LEASE_SECONDS = env.seconds("LEASE_SECONDS", 120)
SLOT_SECONDS = env.seconds("SLOT_SECONDS", 20)
LOOK_NOW_EVERY = env.seconds("LOOK_NOW_EVERY", 10)  # per domain

# --- Relays: what may be reached by SMTP (decision 18) ----------------------------------------------------------------
RELAY_ALLOWED_NETWORKS = env.networks("RELAY_ALLOWED_NETWORKS", [])
RELAY_ALLOWED_PORTS = env.ports("RELAY_ALLOWED_PORTS", [25, 587, 2525])
RELAY_LOG_MEGABYTES = env.number("RELAY_LOG_MEGABYTES", 2048)  # of one uploaded log

# --- Mail -------------------------------------------------------------------------------------------------------------
EMAIL_URL = env.text("EMAIL_URL", "")
MAIL_FROM = env.text("MAIL_FROM", "Onward <onward@localhost>")
MAIL_TIMEOUT_SECONDS = env.seconds("MAIL_TIMEOUT_SECONDS", 60)
MAIL_UNCERTAIN = env.choice("MAIL_UNCERTAIN", "resend", ("resend", "hold"))
MAIL_SETTLE_SECONDS = env.seconds(
    "MAIL_SETTLE_SECONDS", 3
)  # before a notice goes out: what happens together is told together
MAIL_GIVE_UP_SECONDS = env.seconds("MAIL_GIVE_UP_SECONDS", 3 * 86400)
DIGEST_ABOVE = env.number("DIGEST_ABOVE", 10)
DIGEST_SECONDS = env.seconds("DIGEST_SECONDS", 60)
EMAIL_BACKEND = "notices.backend.LedgerBackend"  # whatever a library mails goes through the ledger too

# --- People -----------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "tenants.User"
SILENCED_SYSTEM_CHECKS = ["auth.W004"]  # the address is unique whatever its capitals, which the check cannot see
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "tenants.adapter.ClosedAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "10/m/ip,5/300s/key"}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Onward"
INVITATION_DAYS = env.number("INVITATION_DAYS", 7)
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# --- The browser's side of security -----------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "font-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
COOKIE_PREFIX = "__Host-" if SECURE else ""
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}onward-session"
SESSION_COOKIE_SECURE = SECURE
SESSION_COOKIE_AGE = 14 * 86400
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}onward-csrf"
CSRF_COOKIE_SECURE = SECURE
CSRF_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = SECURE and env.flag("SSL_REDIRECT", True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # probes come from inside, without TLS
SECURE_HSTS_SECONDS = 31536000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE
SECURE_HSTS_PRELOAD = SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024  # bytes

# --- Words, time, files -----------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.text("TIME_ZONE", "UTC")
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = VAR_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# Whitenoise answers each static file with a generator; ASGI drains it, which is what is wanted here.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "config.logs.JsonFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO")},
    "loggers": {
        "django": {"level": "WARNING"},
        "celery": {"level": "WARNING"},
        "uvicorn": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},
    },
}
