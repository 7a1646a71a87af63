"""No element, product or key in any log line, answer or file of the service."""

from __future__ import annotations

import base64
import io
import logging
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from crypto import base64url, oprf
from crypto.person import SubjectKind
from verwijsindex import event_log
from verwijsindex.pseudonym_service import serving
from verwijsindex.pseudonym_service.settings import ServiceSettings

ROOT = Path(__file__).parents[3]


@pytest.fixture
def log():
    root, ours = logging.getLogger(), logging.getLogger(event_log.LOGGER_NAME)
    before = (root.handlers[:], root.level, ours.level)
    stream = io.StringIO()
    event_log.configure_logging(stream, level=logging.DEBUG)
    root.setLevel(logging.DEBUG)
    yield stream
    root.handlers[:], _, _ = before
    root.setLevel(before[1])
    ours.setLevel(before[2])


def _spellings(secret: bytes) -> list[bytes]:
    number = int.from_bytes(secret, "little")
    return [
        secret,
        secret.hex().encode(),
        base64.b64encode(secret).rstrip(b"="),
        base64url.encode(secret).encode(),
        repr(secret)[2:-1].encode(),
        str(number).encode(),
        str(int.from_bytes(secret, "big")).encode(),
    ]


def _run_everything(world, make_elements) -> tuple[list[bytes], list[bytes]]:
    """Return the secrets that took part, and the answers."""
    blind = oprf.Blind.random()
    hashed = oprf.hash_to_group(b"bsn:123456782;geboortedatum:19800131")
    blinded = oprf.multiply(blind, hashed)
    good = base64url.encode(blinded)
    no_element = b"\xfe" * 16 + b"\xff" * 16
    token = world.token()
    answers = [
        world.ask([good], token=token),
        world.ask([good], soort="ouder", token=token),
        world.ask([good, base64url.encode(no_element)], token=token),
        world.ask([good, good + "="], token=token),
        world.ask([good] * 1001, token=token),
        world.ask([good], token=world.token(org=str(uuid4()))),
        world.ask([good], token=world.token(org=str(uuid4()), limits="canarie")),
        world.ask(
            [good], token=world.token(org="00000000-0000-0000-0000-000000000000", limits="canarie")
        ),
        world.app.test_client().get("/v1/sleutels"),
        world.app.test_client().get(f"/v1/{good}?a={good}"),
    ]
    world.start(daily_ceiling=2)
    answers.append(world.ask([good], token=token))
    assert [a.status_code for a in answers] == [
        200,
        200,
        400,
        400,
        400,
        403,
        401,
        403,
        200,
        404,
        429,
    ]
    keys = [key.scalar.value for key in world.service_keys.evaluation_keys]
    products = [
        oprf.multiply(world.service_keys.current(kind).scalar, oprf.Element(blinded))
        for kind in SubjectKind
    ]
    secrets = [
        blinded,
        hashed.value,
        blind.value,
        no_element,
        *keys,
        *products,
        bytes(world.service_keys.box),
        token.encode(),
        token.rpartition(".")[2].encode(),
    ]
    return secrets, [a.data + str(a.headers).encode() for a in answers]


def test_nothing_secret_is_in_logs_answers_or_store(world, make_elements, log):
    secrets, answers = _run_everything(world, make_elements)
    files = {file.name: file.read_bytes() for file in world.path.iterdir()}
    assert "store.sqlite-wal" in files
    assert str(world.organisation).encode() in files["store.sqlite"] + files["store.sqlite-wal"]
    logged = log.getvalue().encode()
    assert logged.count(b"VWI-401") == 2
    places = {"log": logged, "answers": b"\n".join(answers), **files}
    for place, content in places.items():
        for secret in secrets:
            for spelling in _spellings(secret):
                assert spelling not in content, place


def test_each_event_of_the_service_is_logged(world, make_elements, log):
    _run_everything(world, make_elements)
    lines = log.getvalue()
    assert lines.count('"VWI-403"') == 2
    assert '"ceiling": "near_ceiling"' in lines
    assert '"ceiling": "ceiling_reached"' in lines
    assert '"kind": "ouder", "count": 1, "batch": false' in lines


def test_an_unforeseen_error_shows_nothing_of_the_request(world, make_elements, log, monkeypatch):
    (element,) = make_elements(1)

    def fail(elements, *_, **__):
        raise ValueError(elements)

    monkeypatch.setattr(serving, "evaluate_all", fail)
    answer = world.ask([element])
    assert answer.status_code == 500
    raw = base64url.decode(element)
    for spelling in _spellings(raw):
        assert spelling not in answer.data
        assert spelling not in log.getvalue().encode()


def test_what_the_service_holds_in_memory_does_not_print_keys(world):
    settings = ServiceSettings(
        keys=world.service_keys,
        index_keys=world.index_keys.public(),
        store=world.path / "store.sqlite",
    )
    held = serving.Service.of(settings, clock=world.clock)
    shown = repr(held).encode()
    for key in world.service_keys.evaluation_keys:
        assert not any(spelling in shown for spelling in _spellings(key.scalar.value))


def test_the_service_loads_neither_the_index_nor_its_database():
    script = (
        "import sys, pkgutil, importlib, verwijsindex.pseudonym_service as package\n"
        "for module in pkgutil.iter_modules(package.__path__):\n"
        "    if module.name != 'wsgi':\n"
        "        importlib.import_module(f'{package.__name__}.{module.name}')\n"
        "print(*sorted(sys.modules))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = done.stdout.split()
    assert "verwijsindex.pseudonym_service.application" in loaded
    tops = {name.partition(".")[0] for name in loaded}
    assert not tops & {"sqlalchemy", "match", "orgprofiles", "alembic", "psycopg"}
    allowed = ("verwijsindex.pseudonym_service", "verwijsindex.http", "verwijsindex.event_log")
    assert [n for n in loaded if n.startswith("verwijsindex.") and not n.startswith(allowed)] == []


def test_only_the_entry_point_reads_the_environment_and_it_names_what_is_missing():
    done = subprocess.run(
        [sys.executable, "-c", "import verwijsindex.pseudonym_service.wsgi"],
        cwd=ROOT,
        env={"PATH": "", "VI_SERVICE_DAILY_CEILING": "GEHEIM"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "VI_SERVICE_STORE" in done.stderr
    assert "GEHEIM" not in done.stderr
