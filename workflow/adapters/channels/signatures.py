"""Signatures of webhooks by the Standard Webhooks specification (standardwebhooks.com, 1.0.0): HMAC-SHA256, `v1`.

What is signed is `webhook-id.webhook-timestamp.body`. A secret is written as `whsec_` and Base64, and follows from the
installation's key and the webhook's salt: whoever reads the database or a backup of it can sign nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime

PREFIX = "whsec_"


def secret_of(key: str, webhook_id: int, salt: str) -> bytes:
    """The secret of a webhook, 32 bytes."""
    return hmac.new(key.encode(), f"duban webhook {webhook_id} {salt}".encode(), hashlib.sha256).digest()


def written(secret: bytes) -> str:
    """A secret as it is shown, once."""
    return PREFIX + base64.b64encode(secret).decode()


def sign(secrets: Iterable[bytes], message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers; one signature for each secret that holds, so that a change of secrets loses nothing."""
    stamp = int(at.timestamp())
    content = f"{message_id}.{stamp}.".encode() + body
    signed = (base64.b64encode(hmac.new(s, content, hashlib.sha256).digest()).decode() for s in secrets)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(stamp),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signed),
    }
