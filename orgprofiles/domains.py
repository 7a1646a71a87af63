"""The closed lists that organisations and their profiles are described with."""

from __future__ import annotations

from enum import StrEnum


class Domain(StrEnum):
    """The field in which a unit works; a unit has exactly one."""

    YOUTH = "jeugd"  #: youth care and family support
    CARE = "zorg"  #: nursing, home care, general practice
    MENTAL_HEALTH = "ggz"  #: mental health care
    ADDICTION = "verslaving"  #: addiction care
    DEBT = "schulden"  #: debt relief and budgeting
    HOUSING = "wonen"  #: landlords, shelter
    WORK_AND_INCOME = "werk_en_inkomen"  #: benefits and reintegration
    EDUCATION = "onderwijs"  #: schools, compulsory attendance
    ELDERLY = "ouderen"  #: advisers for the elderly
    SAFETY = "veiligheid"  #: police, probation, domestic violence
    WELFARE = "welzijn"  #: community work
    LEGAL = "juridisch"  #: legal advice
    SOCIAL_SUPPORT = "maatschappelijke_ondersteuning"  #: Wmo

    @property
    def words(self) -> str:
        """How people call it, in Dutch: ``werk en inkomen``."""
        return "GGZ" if self is Domain.MENTAL_HEALTH else self.value.replace("_", " ")


class AgeGroup(StrEnum):
    """What the law distinguishes; computed by the client, never stored with a signal."""

    CHILD = "0-11"  #: those with authority are told and asked
    TEENAGER = "12-15"  #: both the young person and those with authority
    YOUNG_ADULT = "16-22"  #: the person; a signal runs six months at most
    ADULT = "23+"  #: the person


class Demand(StrEnum):
    """What a legal basis asks of the client before a signal may be given."""

    INFORM = "informeren"  #: the client has been told
    NO_OBJECTION = "geen_bezwaar"  #: told, and has not objected
    CONSENT = "instemming"  #: told, and agreed


class LifeDomain(StrEnum):
    """Part of a person's life on which an organisation works (leefgebied)."""

    HOUSING = "wonen"  #: a roof, and keeping it
    HEALTH = "gezondheid"  #: body and mind
    FINANCES = "financien"  #: income and debts
    CARING = "zorgtaken"  #: caring for children or relatives
    CONFLICT = "conflict"  #: quarrels, at home or with others
    SAFETY = "veiligheid"  #: violence, neglect, crime
    SOCIAL_SUPPORT = "sociale_steun"  #: people to turn to
    PURPOSE = "zingeving"  #: work, learning, belonging


class Phase(StrEnum):
    """Where in the chain an organisation helps."""

    PREVENTION = "preventie"  #: before anything is the matter
    EARLY_SIGNALS = "vroegsignalering"  #: at the first signs
    HELP = "hulp"  #: help, or an amicable settlement
    STATUTORY = "wettelijk_traject"  #: imposed or regulated by law
    AFTERCARE = "nazorg"  #: afterwards, so that it lasts
