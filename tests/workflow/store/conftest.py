"""Both kinds of store, as an office would open them by URL.

What speaks S3 takes a second to import, and most runs of single tests need none of it.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from workflow.adapters.store import Store, open_store


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """A server that speaks S3, on loopback."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3_url(s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A new bucket of that server, with credentials in the environment."""
    import boto3  # type: ignore[import-untyped]

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    bucket = f"b{uuid.uuid4().hex}"
    boto3.client("s3", endpoint_url=s3_endpoint, region_name="us-east-1").create_bucket(Bucket=bucket)
    return f"s3://{bucket}/evidence?endpoint={s3_endpoint}"


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    """Where a bucket's uploads wait."""
    return tmp_path / "spool"


@pytest.fixture(params=["folder", "file_url", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path, spool: Path) -> Store:
    """A store of each kind; what is asked of one is asked of all."""
    urls = {"folder": str(tmp_path / "kept"), "file_url": (tmp_path / "佐 证").as_uri()}
    url = urls.get(request.param) or request.getfixturevalue("s3_url")
    return open_store(url, spool=spool)
