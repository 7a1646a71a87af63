"""Evaluations made beforehand with the service's keys, so that the service is not measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from benchmarks.stage import CORES, Member, Stage
from crypto import base64url, evaluation, oprf
from crypto.keyring import IndexPublicKeys, ServiceSecretKeys
from crypto.person import SubjectKind

Sealed = tuple[str, str]  # evaluation and blind, base64url


def evaluate(stage: Stage, organisation_id: UUID, people: Iterable[int]) -> list[Sealed]:
    """Return an evaluation and a blind for each of *people* (numbers), on all cores."""
    numbers = list(people)
    parts = [numbers[at :: CORES * 4] for at in range(CORES * 4)]
    work = partial(
        _part,
        stage.service_keys.to_json(),
        stage.services.settings.keys.public().to_json(),
        organisation_id,
    )
    with ProcessPoolExecutor(CORES) as pool:
        made = dict(pair for part in pool.map(work, parts) for pair in part)
    return [made[number] for number in numbers]


def _part(
    secret: str, public: str, organisation_id: UUID, people: Sequence[int]
) -> list[tuple[int, Sealed]]:
    keys = ServiceSecretKeys.from_json(secret)
    box = keys.box_to(IndexPublicKeys.from_json(public))
    key = keys.current(SubjectKind.PERSON)
    key_id, now = key.public().key_id, datetime.now(UTC)
    found = []
    for person in people:
        blind = oprf.Blind.random()
        element = oprf.blind(f"bench:{person}".encode(), blind)
        sealed = evaluation.seal_evaluation(
            evaluation.Evaluation(
                key_id,
                SubjectKind.PERSON,
                organisation_id,
                now,
                now + evaluation.BATCH_LIFETIME,
                oprf.blind_evaluate(key.scalar, element),
            ),
            box,
        )
        found.append((person, (base64url.encode(sealed), base64url.encode(blind.value))))
    return found


def signal_body(member: Member, sealed: Sealed, person: int) -> dict[str, Any]:
    """Return the body of a signal."""
    return {
        "evaluatie": sealed[0],
        "blindering": sealed[1],
        "afdeling": str(member.unit_id),
        "contact": {"medewerker": "m1"},
        "leeftijdsgroep": "23+",
        "kenmerk": f"D-{person}",
        "geinformeerd": {
            "door": "eigen",
            "aan": ["client"],
            "wijze": "gesprek",
            # Clients were told on different days: those of one day are read once.
            "datum": (datetime.now(UTC).date() - timedelta(days=person % 250)).isoformat(),
            "reactie": "niet_gevraagd",
        },
    }
