"""erasure, legal holds, retention and backups"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


FOREIGN_KEYS = (
    ("answer", "recording_id"),
    ("decision", "report_id"),
    ("environmentrecord", "question_id"),
    ("environmentrecord", "recording_id"),
    ("integritysignal", "other_question_id"),
    ("payapproval", "report_id"),
    ("recording", "question_id"),
    ("telegramupdate", "interview_id"),
)
"""Without an index each row deleted is looked for in the whole of these tables."""


def upgrade() -> None:
    for table, column in FOREIGN_KEYS:
        op.create_index(f"ix_{table}_{column}", table, [column])
    op.create_table(
        "backup",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kept_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "erasedsubject",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subject"),
    )
    with op.batch_alter_table("erasedsubject", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_erasedsubject_request_id"), ["request_id"], unique=False)

    op.create_table(
        "erasurerequest",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("candidate_id", sa.String(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("erasurerequest", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_erasurerequest_candidate_id"), ["candidate_id"], unique=True)

    op.create_table(
        "legalhold",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("candidate_id", sa.String(), nullable=True),
        sa.Column("position_key", sa.String(), nullable=True),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.Column("reason_sealed", sa.String(), nullable=False),
        sa.Column("placed_by", sa.String(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_by", sa.String(), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("legalhold", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_legalhold_candidate_id"), ["candidate_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_legalhold_position_key"), ["position_key"], unique=False)

    op.create_table(
        "retentionrun",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("day"),
    )
    op.create_table(
        "erasurecertificate",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("candidate_id", sa.String(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["erasurerequest.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("request_id"),
    )
    with op.batch_alter_table("erasurecertificate", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_erasurecertificate_candidate_id"), ["candidate_id"], unique=False)

    op.create_table(
        "erasurenotice",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("candidate_id", sa.String(), nullable=False),
        sa.Column("connector", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.String(), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["erasurerequest.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("request_id", "connector"),
    )
    with op.batch_alter_table("erasurenotice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_erasurenotice_candidate_id"), ["candidate_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_erasurenotice_request_id"), ["request_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_erasurenotice_state"), ["state"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("erasurenotice", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_erasurenotice_state"))
        batch_op.drop_index(batch_op.f("ix_erasurenotice_request_id"))
        batch_op.drop_index(batch_op.f("ix_erasurenotice_candidate_id"))

    op.drop_table("erasurenotice")
    with op.batch_alter_table("erasurecertificate", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_erasurecertificate_candidate_id"))

    op.drop_table("erasurecertificate")
    op.drop_table("retentionrun")
    with op.batch_alter_table("legalhold", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_legalhold_position_key"))
        batch_op.drop_index(batch_op.f("ix_legalhold_candidate_id"))

    op.drop_table("legalhold")
    with op.batch_alter_table("erasurerequest", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_erasurerequest_candidate_id"))

    op.drop_table("erasurerequest")
    with op.batch_alter_table("erasedsubject", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_erasedsubject_request_id"))

    op.drop_table("erasedsubject")
    op.drop_table("backup")
    for table, column in FOREIGN_KEYS:
        op.drop_index(f"ix_{table}_{column}", table_name=table)
