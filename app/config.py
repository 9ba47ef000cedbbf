"""Every setting of the service, read once from the environment (README lists them in one table)."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

REPOSITORY = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Names are the environment variables without the prefix FACTORBASE_, except the two DATABASE_ ones."""

    model_config = SettingsConfigDict(env_prefix="FACTORBASE_", extra="ignore", populate_by_name=True)

    database_url: str | None = Field(default=None, validation_alias="DATABASE_URL")
    database_read_url: str | None = Field(default=None, validation_alias="DATABASE_READ_URL")
    home: Path | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = Field(default=1, ge=1, le=64)
    origin: str = "factorbase.localhost"
    service_user: str = "factorbase"
    seed_dir: Path = REPOSITORY / "seed_data"
    pool_size: int = Field(default=8, ge=1, le=200)
    cache_mb: int = Field(default=64, ge=1, le=4096)
    access_log: bool = True
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["auto", "json", "console"] = "auto"
    oidc_issuer: str | None = None
    oidc_audience: str | None = None
    oidc_jwks_url: str | None = None
    upload_max_bytes: int = Field(default=100_000_000, ge=1)
    jobs: Literal["inline", "off"] = "inline"


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The process's settings; tests build their own `Settings(...)` instead."""
    return Settings()
