"""Chromium's virtual authenticator: a device that holds passkeys, steered through DevTools."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page


class Authenticator:
    """A device at one page, which says yes to everything unless told otherwise."""

    def __init__(self, page: Page, *, is_user_verified: bool = True) -> None:
        self._tools = page.context.new_cdp_session(page)
        self._tools.send("WebAuthn.enable")
        made = self._tools.send(
            "WebAuthn.addVirtualAuthenticator",
            {
                "options": {
                    "protocol": "ctap2",
                    "transport": "internal",
                    "hasResidentKey": True,
                    "hasUserVerification": True,
                    "isUserVerified": is_user_verified,
                    "automaticPresenceSimulation": True,
                }
            },
        )
        self._id = made["authenticatorId"]

    def credentials(self) -> list[dict[str, Any]]:
        """Return the passkeys that it holds."""
        found = self._tools.send("WebAuthn.getCredentials", {"authenticatorId": self._id})
        held: list[dict[str, Any]] = found["credentials"]
        return held

    def put_back_count(self) -> None:
        """Have its passkeys count from one again, as a copy of them would."""
        for one in self.credentials():
            self._tools.send(
                "WebAuthn.removeCredential",
                {"authenticatorId": self._id, "credentialId": one["credentialId"]},
            )
            self._tools.send(
                "WebAuthn.addCredential",
                {"authenticatorId": self._id, "credential": one | {"signCount": 0}},
            )

    def forget_holder(self) -> None:
        """No longer know who holds it, from now on."""
        self._tools.send(
            "WebAuthn.setUserVerified", {"authenticatorId": self._id, "isUserVerified": False}
        )
