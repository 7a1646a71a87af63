"""The client imports nothing of the index, so some closed lists stand twice: alike, then."""

from __future__ import annotations

from enum import StrEnum

import pytest

from match import signals as index
from orgprofiles.domains import AgeGroup
from verwijsindex.client import answers, blinding, signals
from verwijsindex.use_cases.check_signals import RowStatus


@pytest.mark.parametrize(
    ("of_the_client", "of_the_index"),
    [
        (blinding.AgeGroup, AgeGroup),
        (signals.InformedBy, index.InformedBy),
        (signals.Informed, index.Informed),
        (signals.Way, index.InformedHow),
        (signals.Reaction, index.Reaction),
        (signals.DeferralReason, index.DeferralReason),
        (answers.RowStatus, RowStatus),
    ],
)
def test_client_and_index_know_the_same_words(
    of_the_client: type[StrEnum], of_the_index: type[StrEnum]
) -> None:
    assert {one.value for one in of_the_client} == {one.value for one in of_the_index}
