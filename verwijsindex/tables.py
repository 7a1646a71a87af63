"""Imports every model, so that the metadata is whole for migrations and foreign keys."""

from __future__ import annotations

from match.counters import DailyCounter
from match.matches import Match, MatchPair, Participation
from match.outbox import OutboxMessage
from match.rules import MatchRule
from match.signals import Informing, Signal
from match.subjects import Subject
from orgprofiles.base import Base
from orgprofiles.legal_bases import LegalBasis
from orgprofiles.organisations import Organisation, Professional, SecureMailDomain, Unit
from orgprofiles.profile_versions import ProfileVersion, WaitingTime
from verwijsindex.audit import AuditCheckpoint, AuditEvent, AuditLink
from verwijsindex.clients import Client, ClientUnit, UsedJti
from verwijsindex.key_checks import KeyCheck

METADATA = Base.metadata

__all__ = [
    "METADATA",
    "AuditCheckpoint",
    "AuditEvent",
    "AuditLink",
    "Client",
    "ClientUnit",
    "DailyCounter",
    "Informing",
    "KeyCheck",
    "LegalBasis",
    "Match",
    "MatchPair",
    "MatchRule",
    "Organisation",
    "OutboxMessage",
    "Participation",
    "Professional",
    "ProfileVersion",
    "SecureMailDomain",
    "Signal",
    "Subject",
    "Unit",
    "UsedJti",
    "WaitingTime",
]
