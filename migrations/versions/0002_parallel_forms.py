"""parallel forms, dimensions, and how an answer is told"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("interview", schema=None) as batch_op:
        batch_op.add_column(sa.Column("form", sa.String(), nullable=True))
    with op.batch_alter_table("question", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_question_source"), ["source"], unique=False)
    with op.batch_alter_table("score", schema=None) as batch_op:
        batch_op.add_column(sa.Column("telling", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("dimensions", sa.JSON(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("score", schema=None) as batch_op:
        batch_op.drop_column("dimensions")
        batch_op.drop_column("telling")
    with op.batch_alter_table("question", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_question_source"))
    with op.batch_alter_table("interview", schema=None) as batch_op:
        batch_op.drop_column("form")
