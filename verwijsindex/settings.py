"""The index's configuration: one frozen object, from the environment.

Every setting is an environment variable; a secret may also be named by a file
(``…_FILE``). Starting without something that is needed is refused, with all
faults at once, naming variables and never values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from crypto.errors import KeyRingRefused
from crypto.keyring import IndexSecretKeys, ServicePublicKeys
from match.digests import IMPORT_RECIPIENTS_LIMIT, DigestPolicy

_Keys = TypeVar("_Keys", IndexSecretKeys, ServicePublicKeys)

_LONGEST_THEME = 100_000  # characters; it is sent with each page of a first visit
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class SettingsRefused(Exception):
    """The configuration is incomplete or wrong.

    Attributes:
        faults: One sentence per fault, in Dutch, naming a variable.
    """

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("\n".join(faults))


class MailTransport(StrEnum):
    """How the connection to the mail server is protected."""

    STARTTLS = "starttls"  #: upgraded before anything is said; the default
    TLS = "tls"  #: protected from the first byte
    NONE = "geen"  #: in the clear; refused except on this machine


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """The mail server and the sender.

    Attributes:
        host: Name or address.
        port: TCP port.
        transport: How it is protected; certificates are verified.
        username: None: no authentication.
        password: With *username*.
        sender: Address that mails come from; its domain names the Message-IDs.
        deadline: For one whole delivery, from connecting to the answer after DATA.
        batch: How many messages a worker claims at once.
    """

    host: str
    port: int
    transport: MailTransport
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    sender: str
    deadline: timedelta = timedelta(seconds=30)
    batch: int = 50

    @property
    def lease(self) -> timedelta:
        """Long enough for ten that take as long as they may.

        What of a batch cannot be sent in time is given back, so a batch may be
        larger; when a worker dies, what it claimed waits for no longer than this.
        """
        return self.deadline * (min(self.batch, 10) + 1)


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom the public pages name; what is missing is said in general words.

    Attributes:
        name: Who is responsible for this index, such as a municipality.
        email: For questions and requests.
        privacy_email: Of its data protection officer.
    """

    name: str | None = None
    email: str | None = None
    privacy_email: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that the index needs to know.

    Attributes:
        database_url: SQLAlchemy URL.
        base_url: Public address without a slash at the end; links in mails
            and the audience of client assertions are made of it.
        keys: The index's secrets.
        service_keys: The pinned public keys of the pseudonym service.
        service_url: Where the worker finds the pseudonym service, up to ``/v1``.
        mail: The mail server.
        digest: When digests are due.
        import_mail_limit: To so many recipients one import is told one by one.
        confirm_months: After how many months one asks whether somebody is still involved;
            0: never.
        persons_a_day: New signals that an organisation may register on a day.
        proxies: How many proxies of one's own stand in front, each of which adds to
            ``X-Forwarded-For``; 0: whoever connects is who asks.
        theme: A style sheet of one's own with other design tokens; empty: ours.
        contact: Whom the public pages name.
        family_match: Whether signals may name parents; off unless the administrator
            decided otherwise.
        is_demo: Serves the demonstration's pages; on loopback only.
    """

    database_url: str = field(repr=False)
    base_url: str
    keys: IndexSecretKeys = field(repr=False)
    service_keys: ServicePublicKeys = field(repr=False)
    service_url: str
    mail: MailSettings
    digest: DigestPolicy = field(default_factory=DigestPolicy)
    import_mail_limit: int = IMPORT_RECIPIENTS_LIMIT
    confirm_months: int = 6
    persons_a_day: int = 20_000
    proxies: int = 0
    theme: str = field(default="", repr=False)
    contact: Contact = Contact()
    family_match: bool = False
    is_demo: bool = False

    @property
    def token_endpoint(self) -> str:
        """The address of the token endpoint: the audience of client assertions."""
        return f"{self.base_url}/oauth/token"


def load_settings(environment: Mapping[str, str]) -> Settings:
    """Return the settings that *environment* holds.

    Raises:
        SettingsRefused: With all faults at once.
    """
    read = _Reader(environment)
    is_demo = read.optional("VI_DEMO") == "ja"
    database_url = read.database_url()
    base_url = read.web_address("VI_BASE_URL", "het openbare adres van de index")
    service_url = read.web_address("VI_SERVICE_URL", "het adres van de pseudoniemendienst, tot /v1")
    keys = read.key_file("VI_INDEX_SECRET_KEYS_FILE", IndexSecretKeys)
    service_keys = read.key_file("VI_SERVICE_PUBLIC_KEYS_FILE", ServicePublicKeys)
    mail = read.mail()
    theme = read.theme()
    proxies = read.number("VI_PROXIES", 0, low=0)
    confirm_months = read.number("VI_CONFIRM_MONTHS", 6, low=0)
    contact = read.contact()
    persons_a_day = read.number("VI_PERSONS_A_DAY", 20_000, low=1)
    family_match = read.switch("VI_FAMILY_MATCH")
    quiet = read.number("VI_DIGEST_QUIET_SECONDS", None, low=0)
    import_limit = read.number("VI_IMPORT_MAIL_LIMIT", IMPORT_RECIPIENTS_LIMIT, low=0)
    if "VI_SERVICE_SECRET_KEYS_FILE" in environment and not is_demo:
        read.faults.append(
            "VI_SERVICE_SECRET_KEYS_FILE staat ook in deze omgeving: de index mag de sleutel van"
            " de pseudoniemendienst niet hebben. Haal de variabele weg."
        )
    host = urlsplit(base_url).hostname
    if is_demo and host not in LOOPBACK:
        read.faults.append("VI_BASE_URL: de demonstratie draait alleen op dit apparaat (loopback).")
    if read.faults or keys is None or service_keys is None or mail is None:
        raise SettingsRefused(read.faults)
    return Settings(
        database_url=database_url,
        base_url=base_url,
        keys=keys,
        service_keys=service_keys,
        service_url=service_url,
        mail=mail,
        digest=DigestPolicy(None if quiet is None else timedelta(seconds=quiet)),
        import_mail_limit=IMPORT_RECIPIENTS_LIMIT if import_limit is None else import_limit,
        confirm_months=6 if confirm_months is None else confirm_months,
        persons_a_day=persons_a_day or 20_000,
        proxies=proxies or 0,
        theme=theme,
        contact=contact,
        family_match=family_match,
        is_demo=is_demo,
    )


def read_database_url(environment: Mapping[str, str]) -> str:
    """Return the database's address: all that a migration needs.

    Raises:
        SettingsRefused: It is missing.
    """
    read = _Reader(environment)
    url = read.database_url()
    if read.faults:
        raise SettingsRefused(read.faults)
    return url


class _Reader:
    """Reads variables and gathers what is wrong with them."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.faults: list[str] = []

    def optional(self, name: str) -> str | None:
        path = self._environment.get(f"{name}_FILE")
        if path is not None:
            return (self._file(f"{name}_FILE", path) or "").strip() or None
        return self._environment.get(name, "").strip() or None

    def required(self, name: str, meaning: str) -> str:
        value = self.optional(name)
        if value is None:
            self.faults.append(f"{name} (of {name}_FILE) ontbreekt: {meaning}.")
        return value or ""

    def number(self, name: str, default: int | None, *, low: int) -> int | None:
        value = self.optional(name)
        if value is None:
            return default
        if not value.isascii() or not value.isdigit() or not low <= int(value) <= 1_000_000:
            self.faults.append(f"{name} moet een geheel getal vanaf {low} zijn.")
            return default
        return int(value)

    def switch(self, name: str) -> bool:
        value = self.optional(name)
        if value not in {None, "ja", "nee"}:
            self.faults.append(f"{name} moet ja of nee zijn.")
        return value == "ja"

    def database_url(self) -> str:
        value = self.required("VI_DATABASE_URL", "bijvoorbeeld postgresql+psycopg://…")
        try:
            driver = make_url(value).drivername if value else None
        except (ArgumentError, ValueError):
            driver = ""
        if driver not in {"sqlite", "postgresql+psycopg", None}:
            self.faults.append(
                "VI_DATABASE_URL moet het adres van een database zijn: postgresql+psycopg://… of"
                " sqlite:///…"
            )
        return value

    def web_address(self, name: str, meaning: str) -> str:
        value = self.required(name, meaning).rstrip("/")
        try:
            parts = urlsplit(value)
        except ValueError:  # brackets that hold no IPv6 address
            parts = urlsplit("")
        safe = parts.hostname in LOOPBACK if parts.scheme == "http" else parts.scheme == "https"
        more = parts.query or parts.fragment or "@" in parts.netloc
        if value and (not safe or not parts.hostname or more):
            self.faults.append(f"{name} moet een https-adres zijn (http mag alleen op loopback).")
            return ""
        return value

    def key_file(self, name: str, kind: type[_Keys]) -> _Keys | None:
        path = self._environment.get(name)
        if not path:
            self.faults.append(
                f"{name} ontbreekt: maak het bestand met 'verwijsindex keys create'."
            )
            return None
        text = self._file(name, path)
        if text is None:
            return None
        try:
            return kind.from_json(text)
        except KeyRingRefused as refused:
            self.faults.append(f"{name}: {refused}.")
            return None

    def theme(self) -> str:
        path = self._environment.get("VI_THEME_FILE")
        text = self._file("VI_THEME_FILE", path) if path else None
        if text is not None and len(text) > _LONGEST_THEME:
            self.faults.append("VI_THEME_FILE: het bestand is groter dan 100.000 tekens.")
        return text or ""

    def contact(self) -> Contact:
        name = self.optional("VI_CONTACT_NAME")
        if name is not None and (len(name) > 200 or not name.isprintable()):
            self.faults.append("VI_CONTACT_NAME moet één regel zijn van hooguit 200 tekens.")
        return Contact(
            name,
            self._public_address("VI_CONTACT_EMAIL"),
            self._public_address("VI_CONTACT_PRIVACY_EMAIL"),
        )

    def _public_address(self, name: str) -> str | None:
        value = self.optional(name)
        if value is not None and (value.count("@") != 1 or any(c.isspace() for c in value)):
            self.faults.append(f"{name} moet een e-mailadres zijn.")
        return value

    def mail(self) -> MailSettings | None:
        before = len(self.faults)
        host = self.required("VI_SMTP_HOST", "de mailserver")
        word = self.optional("VI_SMTP_TRANSPORT") or MailTransport.STARTTLS.value
        sender = self.required("VI_MAIL_FROM", "het afzenderadres")
        username, password = self.optional("VI_SMTP_USERNAME"), self.optional("VI_SMTP_PASSWORD")
        if word not in set(MailTransport):
            self.faults.append("VI_SMTP_TRANSPORT moet starttls, tls of geen zijn.")
            return None
        transport = MailTransport(word)
        if transport is MailTransport.NONE and host not in LOOPBACK:
            self.faults.append("VI_SMTP_TRANSPORT=geen mag alleen met een mailserver op loopback.")
        if (username is None) != (password is None):
            self.faults.append("VI_SMTP_USERNAME en VI_SMTP_PASSWORD horen bij elkaar.")
        if sender and ("@" not in sender or any(c.isspace() for c in sender)):
            self.faults.append("VI_MAIL_FROM moet een e-mailadres zijn.")
        port = self.number("VI_SMTP_PORT", 465 if transport is MailTransport.TLS else 587, low=1)
        deadline = self.number("VI_SMTP_DEADLINE_SECONDS", 30, low=1)
        batch = self.number("VI_SMTP_BATCH", 50, low=1)
        if len(self.faults) > before:
            return None
        return MailSettings(
            host=host,
            port=port or 0,
            transport=transport,
            username=username,
            password=password,
            sender=sender,
            deadline=timedelta(seconds=deadline or 30),
            batch=batch or 50,
        )

    def _file(self, name: str, path: str) -> str | None:
        try:
            return Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            self.faults.append(f"{name}: het bestand bestaat niet of is niet te lezen.")
            return None
