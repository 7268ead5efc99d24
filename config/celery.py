"""The Celery application and the one beat table. Every entry is harmless when it runs twice: rows decide, not
messages."""

from __future__ import annotations

import os

from celery import Celery
from celery.schedules import crontab
from celery.signals import setup_logging
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# At a worker's start Celery has Django check everything, ignores what comes of it, and keeps the views and forms that
# were loaded for it: 9 MB. `manage.py prepare` checks as well, and refuses.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

app = Celery("onward")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_own_logging(**_: object) -> None:
    """Connected so that Celery leaves the logging settings alone."""


@app.on_after_configure.connect
def fill_beat_table(sender: Celery, **_: object) -> None:
    """A tick that nobody took within its interval is worthless: the next one does the same."""
    tick = settings.TICK_SECONDS
    sender.conf.beat_schedule = {
        "sweep": {"task": "onboarding.tasks.sweep", "schedule": tick, "options": {"expires": tick * 5}},
        "deliver": {"task": "notices.tasks.deliver", "schedule": tick, "options": {"expires": tick * 5}},
        "relay-probes": {"task": "relaycheck.tasks.probe", "schedule": tick, "options": {"expires": tick * 5}},
        "relay-logs": {"task": "relaycheck.tasks.read_log", "schedule": tick, "options": {"expires": tick * 5}},
        "relay-watch": {"task": "relaycheck.tasks.watch", "schedule": 60, "options": {"expires": 55}},
        "uploads": {"task": "relaycheck.tasks.read_audits", "schedule": tick, "options": {"expires": tick * 5}},
        "batches": {"task": "onboarding.tasks.work", "schedule": tick, "options": {"expires": tick * 5}},
        "counts": {"task": "onboarding.tasks.count", "schedule": 300, "options": {"expires": 290}},
        "nightly": {
            "task": "config.tasks.nightly",
            "schedule": crontab(hour=settings.BACKUP_HOUR, minute=17),
            "options": {"expires": 3600},
        },
    }
