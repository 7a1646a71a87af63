"""Blinding in the browser and in Python: what one blinds, the other unblinds to the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page

from crypto import base64url, oprf
from crypto.oprf import ORDER, Blind, BlindedElement
from crypto.person import canonical_person
from tests.clock import START
from tests.verwijsindex.web.modules.test_person import in_browser
from tests.world import test_bsn as bsn_of

pytestmark = pytest.mark.browser
VECTORS = Path(__file__).parents[3] / "crypto/vectors/rfc9497-ristretto255-oprf.json"
# The library draws 1 + (48 bytes, little-endian, modulo ℓ - 1): given the bytes of r - 1, it draws r.
EXACTLY = """const drawn = (hex) => () => Uint8Array.from(hex.match(/../g), (one) => parseInt(one, 16));"""


def canonical(number: int) -> str:
    return canonical_person(
        bsn=bsn_of(number), birth_date="1980-01-31", today=START.date()
    ).value.decode()


def drawing(scalar: Blind) -> str:
    return (int.from_bytes(scalar.value, "little") - 1).to_bytes(48, "little").hex()


def test_unblinded_it_is_the_hash_of_the_same_person(page: Page) -> None:
    persons = [canonical(number) for number in range(20)]
    found = in_browser(page, "blinding.js", "return given.map((one) => m.blind(one));", persons)
    for person, one in zip(persons, found, strict=True):
        blind = Blind(base64url.decode(one["blind"]))
        element = BlindedElement(base64url.decode(one["element"]))
        unblinded = oprf.multiply(oprf.invert(blind), element)
        assert unblinded == oprf.hash_to_group(person.encode()).value


def test_with_the_same_blind_both_make_the_same_element(page: Page) -> None:
    blinds = [Blind.random() for _ in range(10)]
    blinds += [Blind(number.to_bytes(32, "little")) for number in (1, 2, ORDER - 1)]
    persons = [canonical(number) for number in range(len(blinds))]
    found = in_browser(
        page,
        "blinding.js",
        f"{EXACTLY} return given.map(([one, hex]) => m.blind(one, drawn(hex)));",
        [[person, drawing(blind)] for person, blind in zip(persons, blinds, strict=True)],
    )
    assert found == [
        {
            "element": base64url.encode(oprf.blind(person.encode(), blind).value),
            "blind": base64url.encode(blind.value),
        }
        for person, blind in zip(persons, blinds, strict=True)
    ]


def test_the_published_vectors_pass(page: Page) -> None:
    (suite,) = json.loads(VECTORS.read_text())
    # What the module takes is text; the first published input is no ASCII, but one character each.
    published = [
        one for one in suite["vectors"] if max(bytes.fromhex(one["Input"]), default=0) < 0x80
    ]
    assert published
    found = in_browser(
        page,
        "blinding.js",
        f"{EXACTLY} return given.map(([one, hex]) => m.blind(one, drawn(hex)));",
        [
            [bytes.fromhex(one["Input"]).decode(), drawing(Blind(bytes.fromhex(one["Blind"])))]
            for one in published
        ],
    )
    assert [base64url.decode(one["element"]).hex() for one in found] == [
        one["BlindedElement"] for one in published
    ]


def test_the_same_person_looks_different_each_time(page: Page) -> None:
    code = "return Array.from({length: 50}, () => m.blind(given));"
    found = in_browser(page, "blinding.js", code, canonical(1))
    assert len({one["blind"] for one in found}) == len({one["element"] for one in found}) == 50
