"""Devices on which somebody signed in before, known by a cookie that only the index can make.

Nothing of them is stored. Having one lets nobody in: it says that wrong tries
from here are counted apart from those of the rest of the world.
"""

from __future__ import annotations

import secrets
from uuid import UUID

from crypto import base64url
from crypto.account_secrets import TAG_BYTES, AccountSecrets

_NONCE_BYTES = 16
_PURPOSE = "toestel"


def device_cookie(sealing: AccountSecrets, account_id: UUID) -> str:
    """Return a new device's cookie for one account: 64 characters."""
    value = account_id.bytes + secrets.token_bytes(_NONCE_BYTES)
    return base64url.encode(value + sealing.tag(_PURPOSE, value))


def is_device_of(sealing: AccountSecrets, cookie: str, account_id: UUID) -> bool:
    """Whether *cookie* was made for this account."""
    try:
        value = base64url.decode(cookie)
    except ValueError:
        return False
    content, tag = value[:-TAG_BYTES], value[-TAG_BYTES:]
    return (
        len(content) == 16 + _NONCE_BYTES
        and content[:16] == account_id.bytes
        and sealing.is_tag(_PURPOSE, content, tag)
    )
