"""What is planted is found: in each encoding, in each place. Without this the canary proves nothing."""

from __future__ import annotations

import base64
import io
import json
import logging
import random
from collections.abc import Callable
from datetime import date
from email.message import EmailMessage
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from tests.privacy.encodings import (
    encodings,
    needles,
    short_spellings_of_date,
    spellings_of_date,
)
from tests.privacy.gathering import column_materials, file_materials, mail_materials
from tests.privacy.scanner import Finding, Material, Place, Scanner, Secret

SECRET = random.Random(1).randbytes(32)  # noqa: S311
BSN = b"999912345"
FORMS = list(dict(encodings(SECRET)).items())
TEXT_FORMS = [(name, form) for name, form in FORMS if form.isascii() and b"\0" not in form]

each_form = pytest.mark.parametrize("form", [f for _, f in FORMS], ids=[n for n, _ in FORMS])
each_text_form = pytest.mark.parametrize(
    "form", [f.decode() for _, f in TEXT_FORMS], ids=[n for n, _ in TEXT_FORMS]
)


@pytest.fixture
def scanner() -> Scanner:
    return Scanner([Secret("planted", SECRET), Secret("bsn", BSN)])


def noise(size: int) -> bytes:
    return random.Random(2).randbytes(size)  # noqa: S311


@each_form
def test_every_encoding_is_found_at_every_alignment(form: bytes, scanner: Scanner) -> None:
    for before in range(8):
        content = noise(1000 + before) + form + noise(500)
        assert scanner.search(Material(Place.LOG, "line", content))


@each_form
def test_what_was_cut_short_is_found(form: bytes, scanner: Scanner) -> None:
    half = -(-len(form) // 2)
    for part in (form[: max(half, 24)], form[-max(half, 24) :]):
        assert scanner.search(Material(Place.LOG, "line", noise(99) + part + noise(99)))


def test_noise_is_not_found(scanner: Scanner) -> None:
    for content in (b"", b"x", noise(3_000_000), noise(500_000).hex().encode()):
        assert scanner.search(Material(Place.FILE, "noise", content)) == set()


def test_base64_is_found_whatever_stands_around_it(scanner: Scanner) -> None:
    for before in range(6):
        for after in range(6):
            whole = noise(before) + SECRET + noise(after)
            for encode in (base64.b64encode, base64.urlsafe_b64encode):
                for content in (encode(whole), encode(whole).rstrip(b"=")):
                    assert scanner.search(Material(Place.LOG, "line", content))


@pytest.mark.parametrize("before", range(3))
def test_a_bsn_is_found_in_base64_of_a_whole_body(before: int, scanner: Scanner) -> None:
    body = b"{" * before + json.dumps({"bsn": BSN.decode()}).encode()
    assert scanner.search(Material(Place.LOG, "line", base64.b64encode(body)))


def test_every_spelling_of_a_date_is_there() -> None:
    day = date(1980, 1, 31)
    assert {
        "19800131", "31011980", "1980-01-31", "31-01-1980", "31-1-1980", "1980/01/31",
        "31 januari 1980", "31-01-80", "01/31/1980",
    } <= set(spellings_of_date(day))  # fmt: skip
    assert set(short_spellings_of_date(day)) == {"310180", "800131", "013180"}
    assert all(
        len(needle) >= 7 for s in spellings_of_date(day) for _, needle in needles(s.encode())
    )


def test_six_digits_count_only_when_they_stand_alone() -> None:
    scanner = Scanner([Secret("birth date", b"310180", is_short=True)])

    def found(content: bytes) -> bool:
        return bool(scanner.search(Material(Place.LOG, "line", content)))

    assert found(b"born 310180.")
    assert found(b"310180")
    assert not found(b"04a310180ff")
    assert not found(b"10:00:00.310180")


def test_a_secret_may_be_where_it_is_allowed_and_in_that_form_only() -> None:
    secret = Secret(
        "N", SECRET, frozenset({Place.TO_INDEX}), allowed_raw=frozenset({Place.PSEUDONYM})
    )
    scanner = Scanner([secret])

    def found(place: Place, content: bytes) -> set[str]:
        return {finding.form for finding in scanner.search(Material(place, "", content))}

    assert found(Place.TO_INDEX, SECRET.hex().encode()) == set()
    assert found(Place.PSEUDONYM, SECRET) == set()
    assert found(Place.PSEUDONYM, SECRET.hex().encode()) == {"hex (start)", "hex (end)"}
    assert found(Place.COLUMN, SECRET) == {"raw (start)", "raw (end)"}


@each_text_form
def test_it_is_found_in_a_log_line(form: str, scanner: Scanner) -> None:
    stream = io.StringIO()
    logger = logging.Logger("planted")  # noqa: LOG001 (in no tree: nobody else hears it)
    logger.addHandler(logging.StreamHandler(stream))
    logger.warning("refused: %s", form)
    assert scanner.search(Material(Place.LOG, "log", stream.getvalue().encode()))


def _letter(put: Callable[[EmailMessage, str], None]) -> Callable[[str], EmailMessage]:
    def write(form: str) -> EmailMessage:
        mail = EmailMessage()
        mail["Subject"] = "Match bij uw kenmerk é"
        put(mail, form)
        return mail

    return write


def _in_base64(mail: EmailMessage, form: str) -> None:
    mail.set_content(f"Beste collega,\n{form}\nmet groet", cte="base64")


def _in_quoted_printable(mail: EmailMessage, form: str) -> None:
    mail.set_content("é " * 30 + form, cte="quoted-printable")


def _in_html(mail: EmailMessage, form: str) -> None:
    mail.set_content("niets")
    mail.add_alternative(f"<p>{form}</p>", subtype="html", cte="base64")


def _in_header(mail: EmailMessage, form: str) -> None:
    mail["X-Reference"] = f"é{form}"
    mail.set_content("niets")


@each_text_form
@pytest.mark.parametrize("put", [_in_base64, _in_quoted_printable, _in_html, _in_header])
def test_it_is_found_in_a_mail(
    form: str, put: Callable[[EmailMessage, str], None], scanner: Scanner
) -> None:
    mail = _letter(put)(form)
    assert scanner.search_all(mail_materials([mail]))


@each_text_form
def test_it_is_found_in_a_column_of_text(form: str, scanner: Scanner, engine: Engine) -> None:
    _plant(engine, form)
    assert _columns(scanner, engine) >= {"match_rules.basis"}


@pytest.mark.parametrize("value", [SECRET, SECRET[::-1], SECRET.hex().encode()])
def test_it_is_found_in_a_column_of_bytes(value: bytes, scanner: Scanner, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO key_checks (name, fingerprint, state, checked_at)"
                " VALUES ('planted', :value, 'agrees', '2026-11-23')"
            ),
            {"value": value},
        )
    assert _columns(scanner, engine) == {"key_checks.fingerprint"}


def test_a_pseudonym_is_found_outside_its_column_only(engine: Engine) -> None:
    raw = frozenset({Place.PSEUDONYM})
    scanner = Scanner([Secret("N", SECRET, allowed_raw=raw)])
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO subjects (id, kind, pseudonym, epoch) VALUES (:id, 'x', :n, 1)"),
            {"id": uuid4().hex, "n": SECRET},
        )
    assert _columns(scanner, engine) == set()
    _plant(engine, SECRET.hex())
    assert _columns(scanner, engine) == {"match_rules.basis"}


@each_form
def test_it_is_found_in_a_file(form: bytes, scanner: Scanner, tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / ".hidden").write_bytes(noise(77) + form)
    (finding, *_) = scanner.search_all(file_materials(tmp_path))
    assert finding.where == "deep/.hidden"


def test_a_finding_does_not_show_what_was_found(scanner: Scanner) -> None:
    secret = Secret("planted", SECRET)
    material = Material(Place.LOG, "line", SECRET)
    shown = repr((secret, material, scanner.search(material), Finding("a", "b", "c", "d")))
    assert scanner.search(Material(Place.LOG, "shown", shown.encode())) == set()


def _plant(engine: Engine, value: str) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE match_rules SET basis = :value"), {"value": value})


def _columns(scanner: Scanner, engine: Engine) -> set[str]:
    return {finding.where for finding in scanner.search_all(column_materials(engine))}
