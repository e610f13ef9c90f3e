"""One JSON object a log line, so that a key on a page finds its lines."""

import json
import logging
import sys
import time


class JsonLines(logging.Formatter):
    """Level, logger, message, whatever `extra=` holds, and the traceback as one field."""

    _STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        when = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        row = {
            "time": f"{when}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "log": record.name,
        }
        row["message"] = record.getMessage()
        row |= {k: v for k, v in vars(record).items() if k not in self._STANDARD}
        if record.exc_info:
            row["traceback"] = self.formatException(record.exc_info)
        return json.dumps(row, default=str)


def log_to_stderr(level: str = "INFO") -> None:
    """Send this process's log lines to standard error as JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # RQ writes four lines a job that say what the run's own line says with its key.
    logging.getLogger("rq").setLevel(logging.WARNING)
