"""Factorbase: background emission factors with versions, provenance and a journal."""

__version__ = "0.1.0"
