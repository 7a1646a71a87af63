"""What can go wrong at the client; the docstring is the message, in Dutch.

    ClientError
     ├── SettingsRefused     a setting is missing or cannot be used
     ├── FileRefused         a client file that cannot be read as a whole
     ├── RequestRefused      the index or service understood, and says no
     ├── AccessRefused       the client's id, secret or key is not accepted
     └── ConnectionTrouble   no usable answer; trying again later may help
          ├── Unreachable
          ├── Busy
          └── UnexpectedAnswer

No message repeats a BSN, a birth date, a secret or what a server was sent.
"""

from __future__ import annotations

from crypto.errors import Fault


class ClientError(Exception):
    """Er ging iets mis."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.__doc__)


class SettingsRefused(ClientError):
    """De instellingen kloppen niet."""


class FileRefused(ClientError):
    """Dit bestand kan niet gelezen worden."""


class RequestRefused(ClientError):
    """De index weigert dit.

    Attributes:
        status: The HTTP status, 400…499.
        faults: What was wrong with which field of the body; may be empty.
    """

    def __init__(
        self, message: str | None = None, *, status: int = 400, faults: tuple[Fault, ...] = ()
    ) -> None:
        super().__init__(message or "De index weigert dit.")
        self.status = status
        self.faults = faults


class AccessRefused(ClientError):
    """De index kent deze client niet, of de sleutel of het geheim klopt niet."""


class ConnectionTrouble(ClientError):
    """Er kwam geen bruikbaar antwoord."""


class Unreachable(ConnectionTrouble):
    """Er is geen verbinding. Controleer het netwerk en probeer het later opnieuw."""


class Busy(ConnectionTrouble):
    """De server kan dit nu niet doen.

    Attributes:
        retry_after_seconds: How long the server asks to wait, if it says so.
    """

    def __init__(self, retry_after_seconds: float | None = None, *, detail: str = "") -> None:
        """Take what the server asks and says; *detail* is fit for a terminal."""
        reason = detail or "De server kan dit nu niet doen."
        super().__init__(f"{reason} Probeer het {_when(retry_after_seconds)} opnieuw.")
        self.retry_after_seconds = retry_after_seconds


class UnexpectedAnswer(ConnectionTrouble):
    """De server gaf een antwoord dat niet klopt. Meld dit bij de beheerder van de index."""


def _when(seconds: float | None) -> str:
    """Return a pause in words, rounded up."""
    if seconds is None:
        return "later"
    minutes = max(1, -(-int(seconds) // 60))
    if minutes == 1:
        return "over 1 minuut"
    hours = -(-minutes // 60)
    return f"over {minutes} minuten" if hours == 1 else f"over {hours} uur"
