"""crypto/ and @noble/curves compute the same, step by step, given the same key and blind."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from crypto import oprf
from crypto.oprf import ORDER, Blind, BlindedElement, Scalar
from crypto.person import canonical_canary, canonical_parent, canonical_person
from tests.clock import START
from tests.interoperability.node import run_script
from tests.world import test_bsn as bsn_of

VECTORS = Path(__file__).parents[1] / "crypto/vectors/rfc9497-ristretto255-oprf.json"
RANDOM_INPUTS = 50


def ours(question: dict[str, str]) -> dict[str, str]:
    value, blind = bytes.fromhex(question["input"]), Blind(bytes.fromhex(question["blind"]))
    blinded = oprf.blind(value, blind)
    evaluated = oprf.blind_evaluate(
        Scalar(bytes.fromhex(question["key"])), BlindedElement(blinded.value)
    )
    return {
        "blind": blind.value.hex(),
        "blinded": blinded.value.hex(),
        "evaluated": evaluated.value.hex(),
        "output": oprf.finalize(value, blind, evaluated).hex(),
    }


def question(value: bytes, *, blind: int, key: int) -> dict[str, str]:
    def scalar(number: int) -> str:
        return number.to_bytes(32, "little").hex()

    return {"input": value.hex(), "blind": scalar(blind), "key": scalar(key)}


def random_questions() -> list[dict[str, str]]:
    # The same each time: a difference must come back.
    draw = random.Random(9497)  # noqa: S311
    found = []
    for number in range(RANDOM_INPUTS):
        value = draw.randbytes(draw.randrange(200))
        if number % 2:
            value = canonical_person(
                bsn=bsn_of(number), birth_date="1980-01-31", today=START.date()
            ).value
        blind, key = (draw.randrange(1, ORDER) for _ in range(2))
        found.append(question(value, blind=blind, key=key))
    return found


def edge_questions() -> list[dict[str, str]]:
    parent = canonical_parent(bsn=bsn_of(1))
    values = [b"", parent.value, canonical_canary(parent.kind).value, b"\x00" * 300]
    return [
        question(value, blind=blind, key=key)
        for value in values
        for blind, key in [(1, 1), (1, ORDER - 1), (ORDER - 1, 1), (ORDER - 1, ORDER - 1)]
    ]


@pytest.mark.parametrize(
    "questions", [random_questions(), edge_questions()], ids=["random", "edge"]
)
def test_noble_computes_what_we_compute(questions: list[dict[str, str]]) -> None:
    assert run_script("protocol.mjs", questions) == [ours(one) for one in questions]


def test_noble_passes_the_published_vectors() -> None:
    (suite,) = json.loads(VECTORS.read_text())
    published: list[dict[str, Any]] = suite["vectors"]
    answers = run_script(
        "protocol.mjs",
        [{"input": v["Input"], "blind": v["Blind"], "key": suite["skSm"]} for v in published],
    )
    assert answers == [
        {
            "blind": v["Blind"],
            "blinded": v["BlindedElement"],
            "evaluated": v["EvaluationElement"],
            "output": v["Output"],
        }
        for v in published
    ]
