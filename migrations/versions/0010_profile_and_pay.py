"""competency ratings of employees"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "competencyrating",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("employee_id", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("competency", sa.String(), nullable=False),
        sa.Column("family", sa.String(), nullable=True),
        sa.Column("sealed", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["employee_id"], ["employee.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("employee_id", "period", "competency"),
    )
    with op.batch_alter_table("competencyrating", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_competencyrating_employee_id"), ["employee_id"], unique=False)


def downgrade() -> None:
    op.drop_table("competencyrating")
