"""recruiters ask the bot from a chat of theirs, and their group hears what waits"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.tables.base import UtcDateTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "askingsettings",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("telegram_on", sa.Boolean(), nullable=False),
        sa.Column("telegram_quotes", sa.Boolean(), nullable=False),
        sa.Column("set_at", UtcDateTime(), nullable=False),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "askingcode",
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"]),
        sa.PrimaryKeyConstraint("user_id"),
        sa.UniqueConstraint("code_hash"),
    )
    op.create_table(
        "askingaccount",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("linked_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"]),
        sa.PrimaryKeyConstraint("channel", "account_id"),
        sa.UniqueConstraint("channel", "user_id"),
    )
    op.create_index(op.f("ix_askingaccount_user_id"), "askingaccount", ["user_id"], unique=False)
    op.create_table(
        "groupnote",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_index(op.f("ix_groupnote_state"), "groupnote", ["state"], unique=False)
    op.create_table(
        "approvedanswer",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("position_key", sa.String(), nullable=False),
        sa.Column("question_zh", sa.String(), nullable=False),
        sa.Column("answer_zh", sa.String(), nullable=False),
        sa.Column("question_en", sa.String(), nullable=False),
        sa.Column("answer_en", sa.String(), nullable=False),
        sa.Column("approved_by", sa.String(), nullable=False),
        sa.Column("approved_at", UtcDateTime(), nullable=False),
        sa.Column("retired_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_approvedanswer_position_key"), "approvedanswer", ["position_key"], unique=False)


def downgrade() -> None:
    for table in ("approvedanswer", "groupnote", "askingaccount", "askingcode", "askingsettings"):
        op.drop_table(table)
