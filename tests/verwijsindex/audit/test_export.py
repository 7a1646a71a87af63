"""An exported log is checked with the public key alone, and fails when any byte was changed."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from crypto.audit_check import ChainCheck, Fault, Wrong, check_export, kept_checkpoints
from crypto.audit_log import (
    FIELDS,
    GENESIS,
    HEADER,
    Checkpoint,
    LinkedRow,
    Values,
    checkpoint_line,
    link_hash,
    parse_line,
    row_line,
    row_mac,
    sign_checkpoint,
)
from crypto.errors import AuditLineRefused
from crypto.keyring import IndexSecretKeys
from tests.verwijsindex.audit.audit_world import Log
from verwijsindex.audit_export import NothingSigned, RowGone, export_audit
from verwijsindex.audit_verifier import main as vi_audit_verify

pytestmark = pytest.mark.any_database

ROOT = Path(__file__).parents[3]
KEYS = IndexSecretKeys.generate()
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def example(count: int = 5, signed: tuple[int, ...] = (2, 5)) -> list[bytes]:
    """Return the lines of a log, made without a database."""
    lines, previous, before = [HEADER], GENESIS, 0
    for seq in range(1, count + 1):
        values: Values = (
            str(UUID(int=seq)),
            "2026-11-23T10:00:00.000000+00:00",
            "client",
            str(UUID(int=100 + seq)),
            None,
            "signaal.gelezen",
            str(UUID(int=200 + seq)),
            str(UUID(int=300)),
        )
        mac = row_mac(values, KEYS.audit)
        previous = link_hash(previous, seq, values, mac)
        lines.append(row_line(LinkedRow(seq, values, mac, previous)))
        if seq in signed:
            made = sign_checkpoint(
                KEYS.audit_checkpoint, seq=seq, row_count=seq - before, at=NOW, link=previous
            )
            lines.append(checkpoint_line(made))
            before = seq
    return lines


LINES = example()
WHOLE = b"".join(LINES)
PUBLIC = KEYS.public().audit_checkpoint
LAST = parse_line(LINES[-1])
assert isinstance(LAST, Checkpoint)


def fault_of(content: bytes, *, public: bytes = PUBLIC, kept: tuple = ()) -> Fault | None:
    return check_export(io.BytesIO(content), ChainCheck(public, kept=kept))


def test_a_whole_log_is_right() -> None:
    check = ChainCheck(PUBLIC, kept=[LAST])
    assert check_export(io.BytesIO(WHOLE), check) is None
    assert (check.seq, check.checkpoint_count, check.checkpoint) == (5, 2, LAST)


def test_it_is_right_under_its_own_key_alone() -> None:
    other = IndexSecretKeys.generate().public().audit_checkpoint
    assert fault_of(WHOLE, public=other) == Fault(Wrong.SIGNATURE_WRONG, 2, line=4)
    for key in (KEYS.public().service_token, KEYS.index_token.public):
        assert fault_of(WHOLE, public=key) is not None


@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255))
def test_any_other_byte_is_found(place: int, change: int) -> None:
    content = bytearray(WHOLE)
    content[place] ^= change
    assert fault_of(bytes(content)) is not None


def test_every_bit_is_covered() -> None:
    for place in range(len(WHOLE)):
        content = bytearray(WHOLE)
        content[place] ^= 1 << place % 8
        assert fault_of(bytes(content)) is not None, place


@given(st.integers(0, len(WHOLE)), st.binary(min_size=1, max_size=3))
def test_any_inserted_byte_is_found(place: int, more: bytes) -> None:
    assert fault_of(WHOLE[:place] + more + WHOLE[place:]) is not None


@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 300))
def test_any_gap_is_found(start: int, length: int) -> None:
    content = WHOLE[:start] + WHOLE[start + length :]
    fault = fault_of(content)
    if content == b"".join(LINES[:4]):  # up to a checkpoint: found against a kept one
        fault = fault_of(content, kept=(LAST,))
    assert fault is not None


_JSON = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=40)
)


@given(st.integers(1, len(LINES) - 1), st.data())
def test_any_other_value_of_any_field_is_found(number: int, data: st.DataObject) -> None:
    content = json.loads(LINES[number])
    name = data.draw(st.sampled_from(sorted(content)))
    value = data.draw(_JSON | st.lists(_JSON, max_size=2))
    if type(value) is type(content[name]) and value == content[name]:
        return
    content[name] = value
    line = (json.dumps(content, separators=(",", ":")) + "\n").encode()
    fault = fault_of(b"".join([*LINES[:number], line, *LINES[number + 1 :]]))
    assert fault is not None


@pytest.mark.parametrize("number", range(len(LINES)))
def test_a_dropped_a_repeated_and_a_swapped_line_is_found(number: int) -> None:
    dropped = LINES[:number] + LINES[number + 1 :]
    repeated = LINES[: number + 1] + LINES[number:]
    assert fault_of(b"".join(dropped)) is not None
    assert fault_of(b"".join(repeated)) is not None
    if number:
        swapped = LINES.copy()
        swapped[number - 1], swapped[number] = swapped[number], swapped[number - 1]
        assert fault_of(b"".join(swapped)) is not None


@pytest.mark.parametrize("count", range(len(LINES)))
def test_a_truncated_log_is_found_against_a_kept_checkpoint(count: int) -> None:
    content = b"".join(LINES[:count])
    assert fault_of(content, kept=(LAST,)) is not None
    ends_at_a_checkpoint = count == 4
    assert (fault_of(content) is None) == ends_at_a_checkpoint


def test_a_log_that_was_written_anew_is_found_against_a_kept_checkpoint() -> None:
    kept = parse_line(LINES[3])
    values = tuple("x" if name == "action" else None for name in FIELDS)
    previous, lines = GENESIS, [HEADER]
    for seq in (1, 2):
        previous = link_hash(previous, seq, values, b"")
        lines.append(row_line(LinkedRow(seq, values, b"", previous)))
    signed = sign_checkpoint(KEYS.audit_checkpoint, seq=2, row_count=2, at=NOW, link=previous)
    content = b"".join([*lines, checkpoint_line(signed)])
    assert fault_of(content) is None  # by whoever has the signing key
    assert fault_of(content, kept=(kept,)) == Fault(Wrong.REWRITTEN, 2, line=3)


@given(
    st.binary(max_size=200) | st.recursive(_JSON, st.lists).map(lambda v: json.dumps(v).encode())
)
def test_what_is_no_line_is_refused_whatever_it_is(line: bytes) -> None:
    with pytest.raises(AuditLineRefused):
        parse_line(line)


@pytest.mark.parametrize(
    "line",
    [b"[" * 100_000, b'{"a":' * 100_000, b"1" * 5000, LINES[1].replace(b'"seq":1', b'"seq":true')],
)
def test_nor_does_a_line_stop_the_reader(line: bytes) -> None:
    with pytest.raises(AuditLineRefused):
        parse_line(line)
    fault = fault_of(LINES[0] + line)
    assert fault is not None
    assert fault.what is Wrong.UNREADABLE


def test_checkpoints_are_read_from_lines_and_from_logs() -> None:
    both = [parse_line(LINES[3]), LAST]
    assert kept_checkpoints(io.BytesIO(LINES[3])) == both[:1]
    assert kept_checkpoints(io.BytesIO(WHOLE)) == both
    for content in (b"", HEADER, LINES[1], b"x\n", LINES[3] + b"\n"):
        with pytest.raises(AuditLineRefused):
            kept_checkpoints(io.BytesIO(content))


def test_the_log_of_a_database_is_exported_up_to_its_last_checkpoint(signed: Log) -> None:
    signed.write(2)
    signed.link()
    content = b"".join(export_audit(signed.services))
    check = ChainCheck(signed.services.settings.keys.public().audit_checkpoint)
    assert check_export(io.BytesIO(content), check) is None
    assert (check.seq, check.checkpoint_count) == (6, 3)
    read = [parse_line(line) for line in content.splitlines(keepends=True)[1:]]
    assert [type(one) for one in read] == [LinkedRow, LinkedRow, Checkpoint] * 3


def test_the_log_of_a_database_that_was_tampered_with_is_found(signed: Log) -> None:
    row_id, name = signed.raw_id(3), signed.id_text(3)
    signed.disarm()
    signed.raw("UPDATE audit_events SET actor_id = NULL WHERE id = :id", id=row_id)
    content = b"".join(export_audit(signed.services))
    check = ChainCheck(signed.services.settings.keys.public().audit_checkpoint)
    fault = check_export(io.BytesIO(content), check)
    assert fault == Fault(Wrong.LINK_WRONG, 3, name, line=5)
    signed.raw("DELETE FROM audit_events WHERE id = :id", id=row_id)
    with pytest.raises(RowGone):
        list(export_audit(signed.services))


def test_nothing_is_exported_before_something_is_signed(log: Log) -> None:
    log.write(1)
    log.link()
    with pytest.raises(NothingSigned):
        next(export_audit(log.services))


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """Return the names of a log, its public key and what goes with them."""
    contents = {
        "log": WHOLE,
        "bad": WHOLE.replace(b"signaal.gelezen", b"signaal.geleZen", 1),
        "short": b"".join(LINES[:4]),
        "key": KEYS.public().to_json().encode(),
        "other": IndexSecretKeys.generate().public().to_json().encode(),
        "kept": LINES[-1],
        "nothing": b"{}",
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    return {name: str(tmp_path / name) for name in contents}


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        ("log --key key", 0, "goed   5 rijen, 2 controlepunten"),
        ("log --key key --checkpoint kept", 0, "goed   5 rijen"),
        ("log --key key --checkpoint log", 0, "goed   5 rijen"),
        ("short --key key", 0, "goed   2 rijen"),
        ("short --key key --checkpoint kept", 1, "FOUT   bewaard controlepunt, rij 3: vanaf"),
        ("bad --key key", 1, f"FOUT   regel 2, rij 1 (id {UUID(int=1)}): rij en schakel"),
        ("log --key other", 1, "FOUT   regel 4, rij 2: het controlepunt is gewijzigd"),
        ("nothing --key key", 1, "FOUT   regel 1: dit is geen"),
        ("log --key nothing", 2, "--key"),
        ("log --key key --checkpoint nothing", 2, "--checkpoint"),
        ("log", 2, "--key"),
    ],
)
def test_the_command_says_what_it_found(
    files: dict[str, str], arguments: str, status: int, says: str
) -> None:
    words = [files.get(word, word) for word in arguments.split()]
    done = CliRunner().invoke(vi_audit_verify, words)
    assert done.exit_code == status, done.output
    assert says in done.output


def test_the_verifier_is_crypto_alone() -> None:
    program = (
        "import sys, verwijsindex.audit_verifier;"
        "print(*sorted(n for n in sys.modules if n.startswith('verwijsindex')));"
        "print(*sorted({n.partition('.')[0] for n in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    ours, every = done.stdout.splitlines()
    assert sorted(ours.split()) == [
        "verwijsindex",
        "verwijsindex.audit_verifier",
        "verwijsindex.dutch_commands",
    ]
    assert not set(every.split()) & {"sqlalchemy", "flask", "match", "orgprofiles", "psycopg"}
