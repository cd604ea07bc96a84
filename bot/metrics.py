"""What an operator's Prometheus may scrape, on loopback beside the actions: counts alone, never an id."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlmodel import col, func, select

from core.database import Database
from core.tables import Delivery, InboxMessage, Interview


class RowCounts(Collector):
    """Counts rows at each scrape; nothing is kept in between."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def collect(self) -> Iterator[Metric]:
        with self._database.reading() as session:
            waiting = session.exec(
                select(func.count()).select_from(InboxMessage).where(col(InboxMessage.done_at).is_(None))
            ).one()
            under_way = session.exec(
                select(func.count())
                .select_from(Interview)
                .where(
                    col(Interview.consented_at).is_not(None),
                    col(Interview.finished_at).is_(None),
                    col(Interview.withdrawn_at).is_(None),
                )
            ).one()
            finished = session.exec(
                select(func.count()).select_from(Interview).where(col(Interview.finished_at).is_not(None))
            ).one()
            by_state = session.exec(select(Delivery.state, func.count()).group_by(Delivery.state)).all()
        yield GaugeMetricFamily("mianshi_inbox_waiting", "Messages that are still to be answered.", value=waiting)
        yield GaugeMetricFamily("mianshi_interviews_under_way", "Interviews begun and not ended.", value=under_way)
        yield GaugeMetricFamily("mianshi_interviews_finished", "Interviews held to their end.", value=finished)
        deliveries = GaugeMetricFamily("mianshi_deliveries", "Deliveries to HR systems by state.", labels=["state"])
        for state, count in by_state:
            deliveries.add_metric([state], count)
        yield deliveries


def metrics_response(database: Database) -> Response:
    """The counts in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(RowCounts(database))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
