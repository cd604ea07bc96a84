"""webhook receipts and provider orders"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "webhookreceipt",
        sa.Column("effect_id", sa.String(), nullable=False),
        sa.Column("connector", sa.String(), nullable=False),
        sa.Column("candidate_id", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("effect_id", "connector"),
    )
    with op.batch_alter_table("webhookreceipt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_webhookreceipt_candidate_id"), ["candidate_id"], unique=False)

    op.create_table(
        "providerorder",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("orderer", sa.String(), nullable=False),
        sa.Column("order_key", sa.String(), nullable=False),
        sa.Column("client_reference", sa.String(), nullable=True),
        sa.Column("interview_id", sa.String(), nullable=False),
        sa.Column("order_sealed", sa.String(), nullable=False),
        sa.Column("callback_url", sa.String(), nullable=True),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["interview_id"], ["interview.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("interview_id"),
        sa.UniqueConstraint("orderer", "order_key"),
    )


def downgrade() -> None:
    op.drop_table("providerorder")
    op.drop_table("webhookreceipt")
