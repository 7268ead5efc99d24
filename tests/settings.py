"""The product's settings, pointed at a folder, a broker and a database of this test process's own."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

# Nothing a developer has set for a real installation reaches a test; pytest reads these settings before conftest.py.
for name in list(os.environ):
    if name.startswith(("DNS_", "RELAY_", "RHYTHM_", "MAIL_", "DIGEST_", "SWEEP", "DEMO")) or name in {
        "DATABASE_URL",
        "REDIS_URL",
        "EMAIL_URL",
        "PUBLIC_URL",
        "SECRET_KEY",
        "ALLOWED_HOSTS",
        "TIME_ZONE",
        "TICK_SECONDS",
    }:
        del os.environ[name]

PLACE = Path(tempfile.mkdtemp(prefix="onward-"))
atexit.register(shutil.rmtree, PLACE, ignore_errors=True)
(PLACE / "static").mkdir()
os.environ["ONWARD_VAR"] = str(PLACE)
os.environ["SECRET_KEY"] = "only for tests, and long enough that no warning is due"
os.environ["DNS_RESOLVERS"] = "127.0.0.1"  # no test asks the internet: the world of a test says where to ask
os.environ["DNS_AUTHORITATIVE_PORT"] = "1"
os.environ["DNS_ALLOWED_NETWORKS"] = "127.0.0.0/8"
if os.environ.get("TEST_DATABASE_URL"):
    os.environ["DATABASE_URL"] = os.environ["TEST_DATABASE_URL"]

from config.settings import *  # noqa: E402, F403
from config.settings import DATABASES, STORAGES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_USE_FINDERS = True
if DATABASES["default"]["ENGINE"] == "config.sqlite":
    # A file, not memory: the web server, the worker and the test are threads with connections of their own.
    DATABASES["default"]["TEST"] = {"NAME": str(PLACE / "test.sqlite3")}
    DATABASES["default"]["OPTIONS"]["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF"
else:
    del DATABASES["default"]["OPTIONS"][
        "pool"
    ]  # a connection that is kept open keeps a test database from being dropped
