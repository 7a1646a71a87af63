"""What becomes of a family when its signals are handed over, synchronised or deleted."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select

from crypto.person import SubjectKind
from match.matches import Match, MatchPair
from match.relations import Relation
from match.reviews import SubjectReview
from match.subjects import Subject
from tests.verwijsindex.family.related import MOTHER, child, end, seen, siblings
from tests.verwijsindex.follow_up.matched import member
from tests.verwijsindex.people.sync_client import SyncClient
from tests.verwijsindex.web.casework import later
from tests.world import World, test_bsn
from verwijsindex.worker import Worker


def count(world: World, model: type) -> int:
    with world.services.sessions() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def parents(world: World) -> int:
    with world.services.sessions() as session:
        found = select(func.count()).where(Subject.kind == SubjectKind.PARENT)
        return session.scalar(found) or 0


def test_when_all_is_deleted_no_parent_is_left(world: World) -> None:
    one, two = member(world, "Schuldhulp"), member(world, "Wijkteam")
    signals = [child(one, 1), child(two, 2)]
    worker = Worker(world.services)
    worker.review()
    for whose, signal in zip((one, two), signals, strict=True):
        end(whose, signal)
    worker.review()
    later(world, timedelta(days=31))
    worker.delete()
    worker.review()
    assert [count(world, m) for m in (Relation, Match, MatchPair)] == [0, 0, 0]
    assert parents(world) == 0


def test_a_parent_whom_another_signal_names_stays(world: World) -> None:
    one, two = member(world, "Schuldhulp"), member(world, "Wijkteam")
    signal = child(one, 1)
    child(two, 2)
    worker = Worker(world.services)
    end(one, signal)
    later(world, timedelta(days=31))
    worker.delete()
    worker.review()
    assert (parents(world), count(world, Relation)) == (1, 1)


def test_a_parent_whom_no_signal_came_to_name_is_not_kept(world: World) -> None:
    one = member(world, "Schuldhulp")
    one.register(1)
    again = one.register(1, gezin=one.parents(MOTHER))
    assert again.status_code == 200
    Worker(world.services).review()
    assert parents(world) == 0


def test_handing_over_to_another_unit_has_the_family_looked_at(world: World) -> None:
    one = world.member(
        "Schuldhulp", units={"Team": 'domein = "schulden"', "Wonen": 'domein = "wonen"'}
    )
    two = member(world, "Wijkteam")
    signal = child(one, 1)
    child(two, 2)
    Worker(world.services).review()
    answer = one.post(
        f"/api/v1/signalen/{signal}/overdracht", {"afdeling": str(one.units["Wonen"])}
    )
    assert answer.status_code == 200, answer.text
    with world.services.sessions() as session:
        asked = session.scalars(
            select(Subject.kind).join(SubjectReview, SubjectReview.subject_id == Subject.id)
        ).all()
    assert SubjectKind.PARENT in asked
    Worker(world.services).review()
    assert seen(one) == [["Wijkteam"]]


def test_a_caseload_that_is_kept_in_step_names_parents_too(world: World, tmp_path: Path) -> None:
    one, two = member(world, "Schuldhulp"), member(world, "Wijkteam")
    client = SyncClient(one, tmp_path)
    client.write((1, "m1"), (2, "m1"))
    header, *rows = client.file.read_text().splitlines()
    rows = [f"{row};{test_bsn(MOTHER)}" for row in rows]
    client.file.write_text("\n".join((f"{header};ouder1_bsn", *rows, "")))
    client.done()
    child(two, 3)
    Worker(world.services).review()
    (match,) = two.get("/api/v1/matches").json["resultaten"]
    assert len(match["deelnemers"]) == 2
    end_all = client.file.read_text().replace(rows[1] + "\n", "")
    client.file.write_text(end_all)
    later(world, timedelta(minutes=5))
    client.done()
    Worker(world.services).review()
    (match,) = two.get("/api/v1/matches").json["resultaten"]
    assert len(match["deelnemers"]) == 1


def test_the_wrong_person_leaves_no_trace_in_the_family(world: World) -> None:
    one, two = siblings(world, "Schuldhulp", "Wijkteam")
    (signal,) = one.get("/api/v1/signalen").json["resultaten"]
    end(one, signal["id"], "verkeerde_persoon")
    Worker(world.services).review()
    assert count(world, MatchPair) == 0
    assert two.get("/api/v1/matches").json["totaal"] == 0
