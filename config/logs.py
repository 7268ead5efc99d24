"""One JSON object a line."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

OWN = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


class JsonFormatter(logging.Formatter):
    """A log record as one line of JSON; whatever was passed as ``extra`` becomes a field of its own."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; JSON escapes control characters, so no value can forge a second one."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **{key: value for key, value in record.__dict__.items() if key not in OWN},
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)
