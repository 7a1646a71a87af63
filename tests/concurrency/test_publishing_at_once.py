"""A profile is published while others register: nobody is kept waiting, nobody is in a knot."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

import match.registering
from orgprofiles.organisations import Organisation
from orgprofiles.profile_versions import ProfileVersion, unpublished
from tests.concurrency.conftest import only_postgresql
from tests.concurrency.crowd import Crowd, Pause, wait_until_stuck
from tests.profile_contents import whole_profile
from tests.world import Member
from verwijsindex.audit import Actor, ActorKind
from verwijsindex.use_cases.keep_profile import publish

PERSON = 1


def agreed(crowd: Crowd, *, name: str, unit: str) -> Member:
    """Return a member with an agreed concept, in which it and its unit are called so."""
    one = crowd.world.member("Schuldhulp", units={"Team": 'domein = "schulden"'})
    crowd.prepare([one], [PERSON])
    content = whole_profile()
    content["identiteit"]["naam"] = name
    content["afdelingen"][0] |= {"id": str(one.units["Team"]), "naam": unit}
    path = f"/api/v1/organisatieprofielen/{one.id}"
    saved = one.put(f"{path}/concept", content, if_match='"1.0"')
    tag = {"If-Match": saved.headers["ETag"]}
    assert crowd.world.http.post(f"{path}/akkoord", headers=one.headers | tag).status_code == 200
    return one


def publish_concept(crowd: Crowd, member: Member, session: Session) -> ProfileVersion:
    concept = unpublished(session, member.id)
    assert concept is not None
    return publish(
        session,
        crowd.services,
        actor=Actor(ActorKind.ADMINISTRATOR),
        organisation_id=member.id,
        if_match=concept.etag,
    )


@only_postgresql
def test_a_registration_does_not_wait_for_an_open_publication(crowd: Crowd) -> None:
    one = agreed(crowd, name="Schuldhulp", unit="Team")
    registered = []

    def register(_: Session) -> None:
        with crowd.services.sessions() as other:
            # Waiting would be forever: the publication goes on after this. It fails instead.
            other.execute(text("SET LOCAL lock_timeout = '2s'"))
            registered.append(crowd.register(one, PERSON, session=other))

    with crowd.services.sessions() as session:
        event.listen(session, "before_commit", register, once=True)
        publish_concept(crowd, one, session)
    assert len(registered) == 1


@only_postgresql
def test_new_names_and_a_registration_do_not_wait_for_each_other(
    crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = agreed(crowd, name="Schuldhulp Noord", unit="Team Noord")
    pause, count = Pause(), match.registering._count

    def count_later(*arguments: object) -> None:
        pause()
        count(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(match.registering, "_count", count_later)
    with ThreadPoolExecutor(2) as pool, crowd.services.sessions() as session:
        ahead = pool.submit(crowd.register, one, PERSON)
        pause.wait_reached()
        try:
            behind = pool.submit(publish_concept, crowd, one, session)
            wait_until_stuck(crowd, [behind])  # type: ignore[list-item]
        finally:
            pause.release()
        assert ahead.result().signal_id is not None
        behind.result()
    with crowd.services.sessions() as session:
        assert session.get_one(Organisation, one.id).name == "Schuldhulp Noord"
