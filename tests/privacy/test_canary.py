"""After a full run, nothing of the known person or of a key is where it may not be (invariant 9)."""

from __future__ import annotations

import logging
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import request
from sqlalchemy import event

from crypto import oprf
from crypto.pseudonym import Pseudonym
from crypto.references import ReferenceSealer
from match.digests import DigestPolicy
from tests.clock import Clock
from tests.interoperability.servers import serve_both
from tests.mail_server import MailHost, mail_settings
from tests.privacy.full_run import go_as_intended, go_everywhere, provoke_violations
from tests.privacy.person import BSN
from tests.privacy.run import Run, listening
from tests.privacy.scanner import Finding, Place, Scanner
from verwijsindex import database, event_log, services
from verwijsindex.client import IndexConnection, blinding, rows
from verwijsindex.http import application as http_application
from verwijsindex.http import problems
from verwijsindex.mail import composing
from verwijsindex.services import system_clock


@pytest.fixture
def run(database_url: str, tmp_path: Path, mail_host: MailHost) -> Iterator[Run]:
    folder = tmp_path / "service"
    folder.mkdir()
    mail = mail_settings(mail_host.port)
    # vi-client, as a command, goes by the real date.
    clock = Clock(system_clock())
    digest = DigestPolicy(quiet=timedelta())
    with (
        serve_both(database_url, folder, clock, mail=mail, digest=digest) as servers,
        listening(servers, mail_host, tmp_path) as going,
    ):
        yield going


def findings(run: Run) -> list[Finding]:
    return Scanner(run.secrets()).search_all(run.materials())


def test_nothing_is_where_it_may_not_be(run: Run) -> None:
    go_everywhere(run)
    assert findings(run) == []
    _assert_that_it_was_a_full_run(run)


def _show_paths(patch: pytest.MonkeyPatch) -> None:
    for module in (problems, http_application):
        patch.setattr(module, "route_template", lambda: request.path)


def _show_messages_of_libraries(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(event_log._JsonLines, "format", logging.Formatter.format)


def _leave_references_open(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(ReferenceSealer, "seal", lambda _, __, reference: reference.encode())
    patch.setattr(ReferenceSealer, "open", lambda _, __, sealed: sealed.decode())
    patch.setattr(
        ReferenceSealer, "open_all", lambda _, __, several: [one.decode() for one in several]
    )


def _do_not_blind(patch: pytest.MonkeyPatch) -> None:
    def blind(value: bytes, _: oprf.Blind) -> oprf.BlindedElement:
        return oprf.BlindedElement(oprf.hash_to_group(value).value)

    patch.setattr(blinding, "blind", blind)
    one = oprf.Blind((1).to_bytes(oprf.SCALAR_BYTES, "little"))
    patch.setattr(oprf.Blind, "random", lambda: one)


def _send_the_blind_to_the_service(patch: pytest.MonkeyPatch) -> None:
    drawn: list[oprf.Blind] = []
    draw, call = oprf.Blind.random, IndexConnection._call

    def random() -> oprf.Blind:
        drawn.append(draw())
        return drawn[-1]

    def tell(connection: IndexConnection, audience: str, *given: Any, **named: Any) -> Any:
        if audience == "pseudoniemen":
            named["params"] = {"r": drawn[-1].value.hex()}
        return call(connection, audience, *given, **named)

    patch.setattr(oprf.Blind, "random", random)
    patch.setattr(IndexConnection, "_call", tell)


def _mail_the_number(patch: pytest.MonkeyPatch) -> None:
    number = b64encode(f"client {BSN}".encode()).decode()
    patch.setattr(composing, "_subject", lambda _: f"Match {number}")


def _repeat_references(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(rows, "shown_reference", lambda reference, **_: reference)


def _keep_pseudonyms_in_a_second_column(patch: pytest.MonkeyPatch) -> None:
    made: list[Pseudonym] = []
    original = services.unblind_all

    def unblind_all(*given: Any) -> list[Any]:
        found = original(*given)
        made.extend(one for one in found if isinstance(one, Pseudonym))
        return found

    patch.setattr(services, "unblind_all", unblind_all)
    patch.setattr(ReferenceSealer, "lookup_hash", lambda *_: made[-1].value if made else b"")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("sabotage", "secret", "places"),
    [
        (_show_paths, "BSN", {Place.LOG, Place.INDEX_ANSWER}),
        (_show_messages_of_libraries, "N", {Place.LOG}),
        (_leave_references_open, "reference", {Place.COLUMN, Place.DATABASE_FILE}),
        (_do_not_blind, "H(x)", {Place.TO_SERVICE}),
        (_send_the_blind_to_the_service, "r", {Place.TO_SERVICE}),
        (_keep_pseudonyms_in_a_second_column, "N", {Place.COLUMN}),
        (_mail_the_number, "BSN", {Place.MAIL}),
        (_repeat_references, "BSN", {Place.TERMINAL}),
    ],
)
def test_a_fault_in_the_product_is_found(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    sabotage: Callable[[pytest.MonkeyPatch], None],
    secret: str,
    places: set[Place],
) -> None:
    sabotage(monkeypatch)
    if sabotage is _show_paths:
        go_everywhere(run)
    else:  # the shorter road, which passes all the same places
        go_as_intended(run)
        provoke_violations(run)
    assert {one.place for one in findings(run) if one.secret == secret} == places


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_database_error_that_keeps_its_text_is_found(run: Run) -> None:
    event.remove(run.servers.world.services.engine, "handle_error", database._strip_values)
    go_as_intended(run)
    provoke_violations(run)
    assert ("N", Place.ERROR) in {(one.secret, one.place) for one in findings(run)}


def _assert_that_it_was_a_full_run(run: Run) -> None:
    """Without this, a run that ends early would pass."""
    names = Counter(secret.name for secret in run.secrets())
    assert {"H(x)", "r", "B", "Z", "N", "s", "reference", "token for the service"} <= set(names)
    places = Counter(material.place for material in run.materials())
    assert set(places) == set(Place)
    assert places[Place.MAIL] >= 6
    assert places[Place.LOG] > 100
    statuses = Counter([*run.index_tap.statuses, *run.service_tap.statuses])
    assert {200, 201, 400, 401, 403, 404, 405, 415} <= set(statuses)
    assert statuses[400] > 250
    assert 500 not in statuses
