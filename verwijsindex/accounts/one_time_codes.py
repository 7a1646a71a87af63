"""One-time codes (RFC 6238) from an app on the telephone, and recovery codes on paper."""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime

import pyotp
import segno

PERIOD_SECONDS = 30
_STEPS_EITHER_WAY = 1  # clocks of telephones differ

ISSUER = "Verwijsindex"
RECOVERY_CODES = 8
_RECOVERY_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # without i, l, o, 0 and 1
_RECOVERY_LENGTH = 10


def new_secret() -> str:
    """Return a fresh secret: 160 bits in base32, as apps expect."""
    return pyotp.random_base32(32)


def accepted_step(secret: str, code: str, *, after: int, now: datetime) -> int | None:
    """Return the time step that *code* is of; None when it is wrong or was used.

    Args:
        secret: Base32.
        code: Six digits, spaces allowed.
        after: The last step that was used; 0 for none.
        now: UTC.
    """
    typed = "".join(code.split())
    totp = pyotp.TOTP(secret)
    present = int(now.timestamp()) // PERIOD_SECONDS
    for step in range(present - _STEPS_EITHER_WAY, present + _STEPS_EITHER_WAY + 1):
        expected = totp.generate_otp(step)
        if hmac.compare_digest(expected.encode(), typed.encode("utf-8", "replace")):
            return step if step > after else None
    return None


def present_code(secret: str, *, now: datetime) -> str:
    """Return the code of this moment, as the app would show it."""
    return pyotp.TOTP(secret).generate_otp(int(now.timestamp()) // PERIOD_SECONDS)


def enrolment_svg(secret: str, *, email: str) -> str:
    """Return the picture that an app reads the secret from, as inline SVG."""
    address = pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)
    made: str = segno.make(address, error="m").svg_inline(scale=5, border=2, dark="#111")
    return made


def spaced(secret: str) -> str:
    """Return a secret in groups of four, to type over."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


def new_recovery_codes() -> list[str]:
    """Return eight codes of 49 bits: ``abcde-fghjk``."""
    codes = [
        "".join(secrets.choice(_RECOVERY_ALPHABET) for _ in range(_RECOVERY_LENGTH))
        for _ in range(RECOVERY_CODES)
    ]
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def normal_recovery_code(typed: str) -> str | None:
    """Return a code as it was made, however it was typed; None when it cannot be one."""
    plain = "".join(one for one in typed.casefold() if one.isalnum())
    if len(plain) != _RECOVERY_LENGTH or not set(plain) <= set(_RECOVERY_ALPHABET):
        return None
    return f"{plain[:5]}-{plain[5:]}"
