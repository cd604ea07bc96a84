"""what a person said of two candidates who may be one"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("possibleduplicate", schema=None) as batch_op:
        batch_op.add_column(sa.Column("verdict", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("settled_by", sa.String(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("possibleduplicate", schema=None) as batch_op:
        batch_op.drop_column("settled_by")
        batch_op.drop_column("verdict")
