"""Scripts that turn the collected facts into the seed data: pure, deterministic, run by hand."""
