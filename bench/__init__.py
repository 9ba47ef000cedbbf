"""Measures the service against the figures it is to reach: `python -m bench`, or `make bench`."""
