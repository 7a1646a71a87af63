"""Who can be chosen in the demonstration, also after somebody tried out a colleague's leaving."""

from __future__ import annotations

from sqlalchemy import update

from tests.people import add_person
from tests.world import World
from verwijsindex.accounts.records import Account, AccountStatus
from verwijsindex.web.demo_logins import Login, read_logins


def test_who_is_blocked_is_left_out_and_the_others_stay(world: World) -> None:
    member = world.member("Schuldhulp")
    gone, kept = (add_person(world, member.id, key=key) for key in ("m1", "m2"))
    logins = [Login(one.account_id, "") for one in (gone, kept)]
    with world.services.sessions.begin() as session:
        assert len(read_logins(session, world.services, logins)) == 2
        of_one = update(Account).where(Account.id == gone.account_id)
        blocked = {"status": AccountStatus.BLOCKED, "totp_sealed": None, "totp_step": None}
        session.execute(of_one.values(**blocked))
        (shown,) = read_logins(session, world.services, logins)
    assert shown.account_id == kept.account_id
