"""Structured logs on standard output."""

from __future__ import annotations

import logging
import sys

import structlog
from structlog.tracebacks import ExceptionDictTransformer

from app.config import Settings


def configure_logs(config: Settings) -> None:
    """JSON lines, or coloured text for a person at a terminal; warnings of libraries too."""
    level = getattr(logging, config.log_level.upper())
    renderer = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if config.log_format == "json" or (config.log_format == "auto" and not sys.stdout.isatty())
        else structlog.dev.ConsoleRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(
        level=max(level, logging.WARNING), stream=sys.stdout, format="%(message)s", force=True
    )
