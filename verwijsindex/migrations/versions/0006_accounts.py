"""Accounts: who signs in, with what; and links to choose that, mailed by the outbox."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('sign_in_failures',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('target_hash', sa.LargeBinary(32), nullable=False),
    sa.Column('source_hash', sa.LargeBinary(32), nullable=False),
    sa.Column('device_hash', sa.LargeBinary(32), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sign_in_failures'))
    )
    op.create_index(op.f('ix_sign_in_failures_at'), 'sign_in_failures', ['at'])
    op.create_index(op.f('ix_sign_in_failures_source_hash_at'), 'sign_in_failures', ['source_hash', 'at'])
    op.create_index(op.f('ix_sign_in_failures_target_hash_at'), 'sign_in_failures', ['target_hash', 'at'])
    op.create_table('identity_providers',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('issuer', sa.String(500), nullable=False),
    sa.Column('client_id', sa.String(255), nullable=False),
    sa.Column('secret_sealed', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_identity_providers_organisation_id_organisations')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_identity_providers')),
    sa.UniqueConstraint('issuer', name=op.f('uq_identity_providers_issuer')),
    sa.UniqueConstraint('organisation_id', name=op.f('uq_identity_providers_organisation_id'))
    )
    op.create_table('accounts',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('professional_id', sa.Uuid(), nullable=True),
    sa.Column('email', sa.String(254), nullable=False),
    sa.Column('name', sa.String(200), nullable=False),
    sa.Column('roles', sa.JSON(), nullable=False),
    sa.Column('status', sa.String(40), nullable=False),
    sa.Column('password_hash', sa.String(200), nullable=True),
    sa.Column('totp_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('totp_step', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('(totp_sealed IS NULL) = (totp_step IS NULL)', name=op.f('ck_accounts_totp_whole')),
    sa.CheckConstraint('email = lower(email)', name=op.f('ck_accounts_email_lower')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_accounts_organisation_id_organisations')),
    sa.ForeignKeyConstraint(['professional_id'], ['professionals.id'], name=op.f('fk_accounts_professional_id_professionals')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_accounts')),
    sa.UniqueConstraint('email', name=op.f('uq_accounts_email')),
    sa.UniqueConstraint('professional_id', name=op.f('uq_accounts_professional_id'))
    )
    op.create_index(op.f('ix_accounts_organisation_id'), 'accounts', ['organisation_id'])
    op.create_table('account_links',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(40), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_account_links_account_id_accounts'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_account_links'))
    )
    op.create_index(op.f('ix_account_links_account_id'), 'account_links', ['account_id'])
    op.create_table('account_sessions',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('token_hash', sa.LargeBinary(32), nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('method', sa.String(40), nullable=False),
    sa.Column('device', sa.String(80), nullable=False),
    sa.Column('proven_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('previous_visit_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_account_sessions_account_id_accounts'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_account_sessions')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_account_sessions_token_hash'))
    )
    op.create_index(op.f('ix_account_sessions_account_id'), 'account_sessions', ['account_id'])
    op.create_index(op.f('ix_account_sessions_ends_at'), 'account_sessions', ['ends_at'])
    op.create_table('passkeys',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('credential_id', sa.LargeBinary(1023), nullable=False),
    sa.Column('public_key', sa.LargeBinary(), nullable=False),
    sa.Column('sign_count', sa.Integer(), nullable=False),
    sa.Column('device', sa.String(80), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_passkeys_account_id_accounts'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_passkeys')),
    sa.UniqueConstraint('credential_id', name=op.f('uq_passkeys_credential_id'))
    )
    op.create_index(op.f('ix_passkeys_account_id'), 'passkeys', ['account_id'])
    op.create_table('provider_identities',
    sa.Column('provider_id', sa.Uuid(), nullable=False),
    sa.Column('subject', sa.String(255), nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('linked_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_provider_identities_account_id_accounts'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['provider_id'], ['identity_providers.id'], name=op.f('fk_provider_identities_provider_id_identity_providers'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('provider_id', 'subject', name=op.f('pk_provider_identities'))
    )
    op.create_index(op.f('ix_provider_identities_account_id'), 'provider_identities', ['account_id'])
    op.create_table('recovery_codes',
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('hash', sa.LargeBinary(32), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_recovery_codes_account_id_accounts'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('account_id', 'hash', name=op.f('pk_recovery_codes'))
    )
    op.create_table('sign_in_steps',
    sa.Column('token_hash', sa.LargeBinary(32), nullable=False),
    sa.Column('kind', sa.String(40), nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=True),
    sa.Column('content_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_sign_in_steps_account_id_accounts'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('token_hash', name=op.f('pk_sign_in_steps'))
    )
    op.create_index(op.f('ix_sign_in_steps_expires_at'), 'sign_in_steps', ['expires_at'])
    with op.batch_alter_table("outbox") as batch:
        batch.add_column(sa.Column("account_link_id", sa.Uuid(), nullable=True))
        batch.create_check_constraint(
            op.f("ck_outbox_about_an_account"),
            "(kind = 'account_link') = (account_link_id IS NOT NULL)",
        )
    # How many people somebody registered today.
    op.create_index(
        "ix_audit_events_account",
        "audit_events",
        ["actor_id", "at"],
        sqlite_where=sa.text("actor_kind = 'account'"),
        postgresql_where=sa.text("actor_kind = 'account'"),
    )


def downgrade() -> None:
    op.drop_index("ix_audit_events_account", "audit_events")
    op.execute("DELETE FROM outbox WHERE kind = 'account_link'")
    with op.batch_alter_table("outbox") as batch:
        batch.drop_constraint(op.f("ck_outbox_about_an_account"), type_="check")
        batch.drop_column("account_link_id")
    for table in (
        "sign_in_failures",
        "sign_in_steps",
        "recovery_codes",
        "provider_identities",
        "passkeys",
        "account_sessions",
        "account_links",
        "accounts",
        "identity_providers",
    ):
        op.drop_table(table)
