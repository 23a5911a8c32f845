"""Structured logging: an event name and fields, as JSON lines or for a person's eyes."""

from __future__ import annotations

import logging
import sys
from dataclasses import dataclass
from typing import Any

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
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(
        level=max(level, logging.WARNING), stream=sys.stderr, format="%(levelname)s %(name)s %(message)s"
    )
    structlog.contextvars.bind_contextvars(service=service)


def get(name: str) -> Any:
    """A logger: ``log.info("event_name", field=value)``. The type is structlog's own proxy."""
    return structlog.get_logger(module=name.removeprefix("ems_"))
