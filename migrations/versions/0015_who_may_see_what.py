"""accounts limited to positions and branches, second factor, sign-in by OIDC, and the audit log as a chain of hashes"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("user", schema=None) as batch_op:
        batch_op.add_column(sa.Column("limited", sa.Boolean(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("email", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("oidc_subject", sa.String(), nullable=True))
        batch_op.create_unique_constraint("user_email_key", ["email"])
        batch_op.create_unique_constraint("user_oidc_subject_key", ["oidc_subject"])
    with op.batch_alter_table("apitoken", schema=None) as batch_op:
        batch_op.add_column(sa.Column("limited", sa.Boolean(), nullable=False, server_default="0"))
    # A session that is older than its public name has to be opened anew.
    op.execute("DELETE FROM usersession")
    with op.batch_alter_table("usersession", schema=None) as batch_op:
        batch_op.add_column(sa.Column("public_id", sa.String(), nullable=False))
        batch_op.add_column(sa.Column("device", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("seen_at", MOMENT, nullable=True))
        batch_op.add_column(sa.Column("verified_at", MOMENT, nullable=True))
        batch_op.create_unique_constraint("usersession_public_id_key", ["public_id"])
    op.create_table(
        "accessgrant",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("account", "kind", "value"),
    )
    with op.batch_alter_table("accessgrant", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_accessgrant_account"), ["account"], unique=False)
    op.create_table(
        "secondfactor",
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("secret_sealed", sa.String(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("confirmed_at", MOMENT, nullable=True),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"]),
        sa.PrimaryKeyConstraint("user_id"),
    )
    op.create_table(
        "recoverycode",
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"]),
        sa.PrimaryKeyConstraint("code_hash"),
    )
    with op.batch_alter_table("recoverycode", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recoverycode_user_id"), ["user_id"], unique=False)
    with op.batch_alter_table("auditentry", schema=None) as batch_op:
        batch_op.add_column(sa.Column("place", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("chain_hash", sa.String(), nullable=True))
        batch_op.create_unique_constraint("auditentry_place_key", ["place"])
    op.create_table(
        "audithead",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("chain_hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    _link_what_is_there()


def _link_what_is_there() -> None:
    """As bot/audit_chain.py links; written out here, since a migration must not change with the code."""
    log = sa.table(
        "auditentry",
        *(sa.column(name, sa.String) for name in ("id", "actor", "action", "subject", "chain_hash")),
        sa.column("at", MOMENT),
        sa.column("place", sa.Integer),
    )
    head = sa.table("audithead", sa.column("id"), sa.column("place"), sa.column("chain_hash"))
    database = op.get_bind()
    rows = database.execute(sa.select(log).order_by(log.c.at, log.c.id)).all()
    chain_hash, changes = "", []
    for place, row in enumerate(rows, 1):
        at = (row.at.replace(tzinfo=UTC) if row.at.tzinfo is None else row.at).astimezone(UTC)
        content = [place, row.id, row.actor, row.action, row.subject, at.isoformat(timespec="microseconds")]
        text = json.dumps([chain_hash, *content], ensure_ascii=False, separators=(",", ":"))
        chain_hash = hashlib.sha256(text.encode()).hexdigest()
        changes.append({"its_id": row.id, "its_place": place, "its_hash": chain_hash})
    if changes:
        link = log.update().where(log.c.id == sa.bindparam("its_id"))
        database.execute(link.values(place=sa.bindparam("its_place"), chain_hash=sa.bindparam("its_hash")), changes)
    database.execute(head.insert().values(id=1, place=len(changes), chain_hash=chain_hash))


def downgrade() -> None:
    op.drop_table("audithead")
    with op.batch_alter_table("auditentry", schema=None) as batch_op:
        batch_op.drop_constraint("auditentry_place_key", type_="unique")
        batch_op.drop_column("chain_hash")
        batch_op.drop_column("place")
    op.drop_table("recoverycode")
    op.drop_table("secondfactor")
    op.drop_table("accessgrant")
    with op.batch_alter_table("usersession", schema=None) as batch_op:
        batch_op.drop_constraint("usersession_public_id_key", type_="unique")
        for name in ("verified_at", "seen_at", "device", "public_id"):
            batch_op.drop_column(name)
    with op.batch_alter_table("apitoken", schema=None) as batch_op:
        batch_op.drop_column("limited")
    with op.batch_alter_table("user", schema=None) as batch_op:
        batch_op.drop_constraint("user_oidc_subject_key", type_="unique")
        batch_op.drop_constraint("user_email_key", type_="unique")
        for name in ("oidc_subject", "email", "limited"):
            batch_op.drop_column(name)
