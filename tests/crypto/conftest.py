"""A key of every kind that a client may have."""

from __future__ import annotations

import pytest
from joserfc.jwk import ECKey, OKPKey, RSAKey


def generated(kind):
    make, argument = kind
    return make.generate_key(argument, private=True)


@pytest.fixture(
    scope="session",
    params=[(OKPKey, "Ed25519"), (ECKey, "P-256"), (RSAKey, 2048)],
    ids=["Ed25519", "ES256", "PS256"],
)
def key(request):
    return generated(request.param)
