"""One-time codes as RFC 6238 has them, and recovery codes."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime, timedelta

import pytest

from verwijsindex.accounts.one_time_codes import (
    PERIOD_SECONDS,
    RECOVERY_CODES,
    accepted_step,
    enrolment_svg,
    new_recovery_codes,
    new_secret,
    normal_recovery_code,
    present_code,
    spaced,
)

SECRET = base64.b32encode(b"12345678901234567890").decode()
#: RFC 6238, appendix B, the lines of SHA-1: the last six of its eight digits.
VECTORS = [
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
    (20000000000, "353130"),
]
NOW = datetime(2026, 11, 23, 10, 0, 10, tzinfo=UTC)
STEP = int(NOW.timestamp()) // PERIOD_SECONDS


@pytest.mark.parametrize(("seconds", "code"), VECTORS)
def test_codes_are_those_of_the_rfc(seconds: int, code: str) -> None:
    now = datetime.fromtimestamp(seconds, UTC)
    assert present_code(SECRET, now=now) == code
    assert accepted_step(SECRET, code, after=0, now=now) == seconds // 30


@pytest.mark.parametrize(("late", "is_good"), [(-60, False), (-30, True), (30, True), (60, False)])
def test_a_telephone_may_be_half_a_minute_off(late: int, is_good: bool) -> None:
    code = present_code(SECRET, now=NOW + timedelta(seconds=late))
    assert (accepted_step(SECRET, code, after=0, now=NOW) is not None) is is_good


def test_a_code_is_good_once() -> None:
    code = present_code(SECRET, now=NOW)
    used = accepted_step(SECRET, code, after=STEP - 1, now=NOW)
    assert used == STEP
    assert accepted_step(SECRET, code, after=used, now=NOW) is None
    assert accepted_step(SECRET, code, after=used, now=NOW + timedelta(seconds=30)) is None


def test_an_older_code_is_not_good_after_a_newer() -> None:
    older = present_code(SECRET, now=NOW - timedelta(seconds=30))
    assert accepted_step(SECRET, older, after=STEP, now=NOW) is None


@pytest.mark.parametrize("wrong", ["", "000000", "28708", "2870820", "é" * 6, "\udcff", "½½½½½½"])
def test_anything_else_is_wrong(wrong: str) -> None:
    assert accepted_step(SECRET, wrong, after=0, now=datetime.fromtimestamp(59, UTC)) is None


def test_spaces_do_not_matter() -> None:
    now = datetime.fromtimestamp(59, UTC)
    assert accepted_step(SECRET, " 287 082\n", after=0, now=now) == 1


def test_secrets_are_fresh_and_of_160_bits() -> None:
    made = {new_secret() for _ in range(20)}
    assert len(made) == 20
    assert {len(base64.b32decode(one)) for one in made} == {20}
    assert spaced(SECRET).replace(" ", "") == SECRET
    assert re.fullmatch(r"(\w{4} )+\w{4}", spaced(SECRET))


def test_the_picture_brings_nothing_inline_that_a_policy_forbids() -> None:
    picture = enrolment_svg(SECRET, email='a"><script>@b.nl')
    assert picture.startswith("<svg")
    assert "script" not in picture
    assert "style" not in picture
    assert SECRET not in picture


def test_recovery_codes_are_fresh_and_told_apart() -> None:
    made = new_recovery_codes() + new_recovery_codes()
    assert len(set(made)) == 2 * RECOVERY_CODES
    assert all(re.fullmatch("[a-hjkmnp-z2-9]{5}-[a-hjkmnp-z2-9]{5}", one) for one in made)


def test_a_recovery_code_is_known_however_it_is_typed() -> None:
    for typed in ("abcde-fghjk", "ABCDEFGHJK", " abcde fghjk ", "abc-def-ghjk"):
        assert normal_recovery_code(typed) == "abcde-fghjk"


@pytest.mark.parametrize("typed", ["", "123456", "abcde-fghj", "abcde-fghjkm", "abcde-fgh0i", "é"])
def test_what_cannot_be_one_is_none(typed: str) -> None:
    assert normal_recovery_code(typed) is None
