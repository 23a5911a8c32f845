"""Structured logging: an event name and fields, as JSON lines or for a person's eyes."""

from __future__ import annotations

import logging
import sys
from dataclasses import dataclass
from typing import Any, TextIO, cast

if "rich" not in sys.modules:
    # Where rich is installed for another program's sake, structlog would load it to draw tracebacks with all
    # local variables. Ours are plain, and it takes a sixth of a daemon's start.
    sys.modules["rich"] = None  # type: ignore[assignment]
    import structlog

    del sys.modules["rich"]
import structlog

from ems_common.settings import setting


@dataclass(frozen=True, kw_only=True)
class LogSettings:
    """How much to log, and in which form."""

    level: str = setting(
        "EMS_LOG_LEVEL",
        default="info",
        choices=("debug", "info", "warning", "error"),
        help="Least severe level logged.",
    )
    format: str = setting(
        "EMS_LOG_FORMAT",
        default="console",
        choices=("console", "json"),
        help="JSON lines or lines for a terminal.",
    )


class Forgiving:
    """A text stream for log lines: a line that cannot be written is counted, and never an error.

    A full disk under the log must not end the work that is logged. The next line that gets through says how
    many were lost.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.lost = 0

    def write(self, text: str) -> int:
        """Write a text, or count it."""
        try:
            if self.lost:
                self._stream.write(f"{self.lost} log lines could not be written\n")
                self._stream.flush()
                self.lost = 0
            return self._stream.write(text)
        except (OSError, ValueError):
            self.lost += text.endswith("\n")
            return len(text)

    def flush(self) -> None:
        """Flush, if it can be."""
        try:
            self._stream.flush()
        except (OSError, ValueError):
            self.lost += 1

    def isatty(self) -> bool:
        """Whether a person watches."""
        return self._stream.isatty()


def setup(service: str, settings: LogSettings) -> None:
    """Send all log lines of this process to standard error, each with the service's name.

    Args:
        service: Name that every line carries.
        settings: Level and form.
    """
    level = getattr(logging, settings.level.upper())
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if settings.format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=cast("TextIO", Forgiving(sys.stderr))),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(
        level=max(level, logging.WARNING), stream=sys.stderr, format="%(levelname)s %(name)s %(message)s"
    )
    structlog.contextvars.bind_contextvars(service=service)


def get(name: str) -> Any:
    """A logger: ``log.info("event_name", field=value)``. The type is structlog's own proxy."""
    return structlog.get_logger(module=name.removeprefix("ems_"))
