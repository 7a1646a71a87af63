"""Follow-up of a participation with a deadline, its steps, silences, and the lead of a match."""

from datetime import UTC, datetime, time, timedelta

import sqlalchemy as sa
from alembic import op

from match.terms import follow_up_day
from orgprofiles.base import UtcDateTime
from orgprofiles.dutch_calendar import AMSTERDAM

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

#: Twenty working days with every holiday of the year in them take less.
LONGEST_TERM = timedelta(days=60)


def _moment(name: str, *, nullable: bool = True) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _reference(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def upgrade() -> None:
    with op.batch_alter_table("participations") as batch:
        batch.add_column(
            sa.Column("follow_up", sa.String(40), server_default="open", nullable=False)
        )
        batch.add_column(_moment("followed_up_at"))
        batch.add_column(sa.Column("deadline", sa.Date(), nullable=True))
        batch.add_column(sa.Column("picked_up_by", sa.Uuid(), nullable=True))
        batch.add_column(sa.Column("outcomes", sa.JSON(), nullable=True))
        batch.create_foreign_key(
            op.f("fk_participations_picked_up_by_professionals"),
            "professionals",
            ["picked_up_by"],
            ["id"],
        )
    for name in ("made_at", "low_knew_at", "high_knew_at"):
        op.add_column("match_pairs", _moment(name))
    op.create_table(
        "follow_up_steps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("participation_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        _moment("at", nullable=False),
        sa.Column("picked_up_by", sa.Uuid(), nullable=True),
        _reference("follow_up_steps", "participation_id", "participations"),
        _reference("follow_up_steps", "picked_up_by", "professionals"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_up_steps")),
    )
    op.create_index(
        op.f("ix_follow_up_steps_participation_id"), "follow_up_steps", ["participation_id"]
    )
    op.create_table(
        "silences",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("low_organisation_id", sa.Uuid(), nullable=False),
        sa.Column("high_organisation_id", sa.Uuid(), nullable=False),
        _moment("confirmed_at", nullable=False),
        sa.CheckConstraint(
            "low_organisation_id < high_organisation_id",
            name=op.f("ck_silences_organisations_in_order"),
        ),
        _reference("silences", "subject_id", "subjects"),
        _reference("silences", "low_organisation_id", "organisations"),
        _reference("silences", "high_organisation_id", "organisations"),
        sa.PrimaryKeyConstraint(
            "subject_id", "low_organisation_id", "high_organisation_id", name=op.f("pk_silences")
        ),
    )
    op.create_table(
        "case_leads",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("match_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("participation_id", sa.Uuid(), nullable=True),
        sa.Column("director_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        _moment("proposed_at", nullable=False),
        _moment("answered_at"),
        _moment("returned_at"),
        sa.CheckConstraint(
            "(kind = 'deelname') = (participation_id IS NOT NULL)",
            name=op.f("ck_case_leads_participant"),
        ),
        sa.CheckConstraint(
            "(kind = 'matchregisseur') = (director_id IS NOT NULL)",
            name=op.f("ck_case_leads_director"),
        ),
        sa.CheckConstraint(
            "(status = 'voorgesteld') = (answered_at IS NULL)",
            name=op.f("ck_case_leads_answered"),
        ),
        sa.CheckConstraint(
            "(status = 'teruggegeven') = (returned_at IS NOT NULL)",
            name=op.f("ck_case_leads_returned"),
        ),
        _reference("case_leads", "match_id", "matches"),
        _reference("case_leads", "participation_id", "participations"),
        _reference("case_leads", "proposed_by", "participations"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_leads")),
        sa.UniqueConstraint("match_id", "number", name=op.f("uq_case_leads_match_id_number")),
    )
    # A migration is handed no clock.
    _give_deadlines(datetime.now(UTC))  # nosemgrep: clock-not-injected


def _give_deadlines(now: datetime) -> None:
    """Give whoever sees somebody the day that the mail named; or, had it passed, a new term.

    Until now there was no place to record what came of a match, so nobody is late.
    """
    participations = sa.table(
        "participations",
        sa.column("signal_id", sa.Uuid()),
        sa.column("first_seen_at", UtcDateTime()),
        sa.column("deadline", sa.Date()),
    )
    signals = sa.table("signals", sa.column("id", sa.Uuid()), sa.column("unit_id", sa.Uuid()))
    units = sa.table("units", sa.column("id", sa.Uuid()), sa.column("organisation_id", sa.Uuid()))
    organisations = sa.table(
        "organisations", sa.column("id", sa.Uuid()), sa.column("follow_up_days", sa.Integer())
    )
    terms = op.get_bind().scalars(sa.select(organisations.c.follow_up_days).distinct()).all()
    today = now.astimezone(AMSTERDAM).date()
    for days in terms:
        theirs = participations.c.signal_id.in_(
            sa.select(signals.c.id)
            .join(units, units.c.id == signals.c.unit_id)
            .join(organisations, organisations.c.id == units.c.organisation_id)
            .where(organisations.c.follow_up_days == days)
        )
        op.execute(
            sa.update(participations)
            .where(theirs, participations.c.first_seen_at.is_not(None))
            .values(deadline=follow_up_day(now, days))
        )
        for ago in range(LONGEST_TERM.days):
            begin = datetime.combine(today - timedelta(days=ago), time(), AMSTERDAM)
            named = follow_up_day(begin, days)
            if named < today:
                break
            op.execute(
                sa.update(participations)
                .where(
                    theirs,
                    participations.c.first_seen_at >= begin,
                    participations.c.first_seen_at
                    < datetime.combine(begin.date() + timedelta(days=1), time(), AMSTERDAM),
                )
                .values(deadline=named)
            )


def downgrade() -> None:
    op.drop_table("case_leads")
    op.drop_table("silences")
    op.drop_table("follow_up_steps")
    for name in ("high_knew_at", "low_knew_at", "made_at"):
        op.drop_column("match_pairs", name)
    with op.batch_alter_table("participations") as batch:
        batch.drop_constraint(
            op.f("fk_participations_picked_up_by_professionals"), type_="foreignkey"
        )
        for name in ("outcomes", "picked_up_by", "deadline", "followed_up_at", "follow_up"):
            batch.drop_column(name)
