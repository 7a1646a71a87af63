"""Imports every model, so that the metadata is whole for migrations and foreign keys."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Integer,
    String,
    Table,
    UniqueConstraint,
    Uuid,
)

from match.case_leads import CaseLead
from match.counters import DailyCounter
from match.follow_up_steps import FollowUpStep
from match.lead_rules import LeadPreference, LeadRuleVersion
from match.matches import Match, MatchPair, Participation
from match.messages import OutboxMessage
from match.relations import Relation
from match.reviews import ReviewRound, SubjectReview
from match.rule_versions import MatchRule, RuleVersion
from match.signals import Informing, Signal
from match.silences import Silence
from match.subjects import Subject
from orgprofiles.admission_records import Admission, AdmissionRecord, Cohort
from orgprofiles.base import Base
from orgprofiles.legal_bases import LegalBasis
from orgprofiles.organisations import Organisation, Professional, SecureMailDomain, Unit
from orgprofiles.profile_versions import ProfileVersion, WaitingTime
from orgprofiles.stand_ins import StandIn
from verwijsindex.accounts.records import (
    Account,
    AccountLink,
    AccountSession,
    IdentityProvider,
    Passkey,
    ProviderIdentity,
    RecoveryCode,
    SignInFailure,
    SignInStep,
)
from verwijsindex.audit import AuditCheckpoint, AuditEvent, AuditLink
from verwijsindex.caseloads import CaseloadPart, CaseloadRun
from verwijsindex.clients import Client, ClientUnit, UsedJti
from verwijsindex.fishing import FishingFinding
from verwijsindex.key_checks import KeyCheck

METADATA = Base.metadata

#: As the release before 0004 reads it; nothing here does. To be dropped by a later migration.
OLD_MATCH_RULES = Table(
    "match_rules",
    METADATA,
    Column("id", Uuid(), primary_key=True),
    Column("version", Integer(), nullable=False),
    Column("low_domain", String(40), nullable=False),
    Column("high_domain", String(40), nullable=False),
    Column("either_sensitive", Boolean(), nullable=False),
    Column("effect", String(40), nullable=False),
    Column("basis", String(300), nullable=False),
    UniqueConstraint(
        "version",
        "low_domain",
        "high_domain",
        "either_sensitive",
        name="uq_match_rules_version_low_domain_high_domain_either_sensitive",
    ),
    CheckConstraint("low_domain <= high_domain", name="low_is_not_above_high"),
)

__all__ = [
    "METADATA",
    "Account",
    "AccountLink",
    "AccountSession",
    "Admission",
    "AdmissionRecord",
    "AuditCheckpoint",
    "AuditEvent",
    "AuditLink",
    "CaseLead",
    "CaseloadPart",
    "CaseloadRun",
    "Client",
    "ClientUnit",
    "Cohort",
    "DailyCounter",
    "FishingFinding",
    "FollowUpStep",
    "IdentityProvider",
    "Informing",
    "KeyCheck",
    "LeadPreference",
    "LeadRuleVersion",
    "LegalBasis",
    "Match",
    "MatchPair",
    "MatchRule",
    "Organisation",
    "OutboxMessage",
    "Participation",
    "Passkey",
    "Professional",
    "ProfileVersion",
    "ProviderIdentity",
    "RecoveryCode",
    "Relation",
    "ReviewRound",
    "RuleVersion",
    "SecureMailDomain",
    "SignInFailure",
    "SignInStep",
    "Signal",
    "Silence",
    "StandIn",
    "Subject",
    "SubjectReview",
    "Unit",
    "UsedJti",
    "WaitingTime",
]
