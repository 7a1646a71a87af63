"""The errors of this package; the docstring is the message.

ServiceError
 ├── SettingsRefused         the environment is no complete configuration
 ├── StoreRefused            the file named as store is not (or not this version's) store
 ├── StoreUnavailable        the store cannot be read or written now; nothing is evaluated
 ├── AdministrationRefused   the administrator asked for what cannot be
 └── ElementsRefused         some of what was sent are no elements of the group
"""

from __future__ import annotations

from collections.abc import Sequence


class ServiceError(Exception):
    """The pseudonym service cannot do this."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.__doc__)


class SettingsRefused(ServiceError):
    """The configuration is incomplete or wrong.

    Attributes:
        faults: One Dutch sentence per fault; it names a variable, never a value.
    """

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(faults))


class StoreRefused(ServiceError):
    """This file is not a store of the pseudonym service that this version can use."""


class StoreUnavailable(ServiceError):
    """The store cannot be read or written at this moment."""


class AdministrationRefused(ServiceError):
    """This cannot be done; the message says why, in Dutch."""


class ElementsRefused(ServiceError):
    """Some of these are no elements other than the identity; nothing was evaluated.

    Attributes:
        positions: All that are not, from 0.
    """

    def __init__(self, positions: Sequence[int]) -> None:
        self.positions = tuple(positions)
        super().__init__()
