"""`python -m config.worker [NAME]`: a Celery worker without Celery's command line, whose prompt and colours for people
would be a tenth of the worker's memory. `celery -A config worker` works as well."""

from __future__ import annotations

import sys

from celery.utils.nodenames import host_format

from config.celery import app

THREADS = 4  # a sweep takes one for a minute, and mails must go out meanwhile


def work(name: str) -> int:
    """Work until SIGTERM, under a name that no other worker on this machine has. Returns the exit code."""
    worker = app.Worker(
        hostname=host_format(f"{name}@%h"),
        pool="threads",
        concurrency=THREADS,
        without_gossip=True,
        without_mingle=True,
        quiet=True,
    )
    worker.start()
    return worker.exitcode or 0


if __name__ == "__main__":
    sys.exit(work(*sys.argv[1:] or ["worker"]))
