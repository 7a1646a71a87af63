"""The known person of the run: the number is of the range for tests, the date is nobody else's here."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from crypto.person import canonical_person
from tests.privacy.encodings import hashes, short_spellings_of_date, spellings_of_date
from tests.privacy.scanner import Place, Secret
from tests.world import test_bsn as bsn_of

BSN = bsn_of(4711)
BORN = date(1967, 8, 23)
REFERENCE = "ZQ-4711-KX"
CANONICAL = canonical_person(bsn=BSN, birth_date=BORN.isoformat(), today=date(2026, 1, 1)).value

_SHOWN = frozenset(
    {Place.TO_INDEX, Place.INDEX_ANSWER, Place.MAIL, Place.TERMINAL}
)  # to its own organisation


def person_secrets() -> Iterator[Secret]:
    """Yield what may stand nowhere at all, and the reference, which may in few places."""
    yield Secret("BSN", BSN.encode())
    yield Secret("BSN in groups", f"{BSN[:4]} {BSN[4:6]} {BSN[6:]}".encode())
    yield Secret("BSN with dots", f"{BSN[:4]}.{BSN[4:6]}.{BSN[6:]}".encode())
    yield Secret("BSN as a number", int(BSN).to_bytes(8, "big"))
    yield Secret("canonical string", CANONICAL)
    for spelling in spellings_of_date(BORN):
        yield Secret("birth date", spelling.encode())
    for spelling in short_spellings_of_date(BORN):
        yield Secret("birth date, short", spelling.encode(), is_short=True)
    for what, value in (("BSN", BSN.encode()), ("canonical string", CANONICAL)):
        for name, digest in hashes(value):
            yield Secret(f"{name} of the {what}", digest)
    yield Secret("reference", REFERENCE.encode(), _SHOWN)
    for name, digest in hashes(REFERENCE.encode()):
        yield Secret(f"{name} of the reference", digest)
