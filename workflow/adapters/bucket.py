"""A bucket of an S3-compatible service, opened by its URL."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, parse_qs, urlsplit

from obstore.store import S3Store

if TYPE_CHECKING:
    from obstore.store import S3Config

_OPTIONS = ("endpoint", "region", "virtual_hosted")


def open_bucket(url: str) -> S3Store:
    """The bucket of `s3://bucket/prefix?endpoint=https://host:port&region=…&virtual_hosted=true`.

    Connects to nothing yet. Raises ValueError with a sentence for a URL that cannot be one.
    """
    parts = urlsplit(url)
    options = _read_options(parts)
    endpoint = options.get("endpoint", "")
    config: S3Config = {
        "region": options.get("region", "us-east-1"),
        "virtual_hosted_style_request": options.get("virtual_hosted") == "true",
        "disable_bulk_delete": True,  # not every S3-compatible service has it, and we delete one at a time
    }
    if endpoint:
        config["endpoint"] = endpoint
    return S3Store(
        parts.netloc,
        prefix=parts.path.strip("/") or None,
        config=config,
        client_options={"allow_http": endpoint.startswith("http://")},
        # Ten tries over three minutes, the default, would hold a person's request that long.
        retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=20)},
    )


def _read_options(parts: SplitResult) -> dict[str, str]:
    if not parts.netloc:
        raise ValueError("s3:// must be followed by the name of a bucket")
    if "@" in parts.netloc:
        raise ValueError("credentials of a bucket belong in the environment, not in its URL")
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    if unknown := sorted(options.keys() - set(_OPTIONS)):
        raise ValueError(f"a bucket's URL takes {', '.join(_OPTIONS)}; not {', '.join(unknown)}")
    return options
