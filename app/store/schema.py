"""The tables. A change here needs a migration; a test compares the two.

Every row with tenant data carries `installation_id`; inspections carry their `realm`, which is "public" or the
installation whose private registry the package came from.
"""

from __future__ import annotations

from app.store.tables.metadata import metadata
from app.store.tables.packages import (
    catalogue,
    inspection_digests,
    inspections,
    leases,
    package_reports,
    tasks,
    workers,
)
from app.store.tables.reviews import (
    deliveries,
    intake_alerts,
    intakes,
    reports,
    repositories,
)
from app.store.tables.tokens import (
    audit,
    audit_installations,
    idempotency_keys,
    redeemed,
    token_callers,
    token_installations,
    token_refusals,
    token_signals,
    token_uses,
    tokens,
)
from app.store.tables.webhooks import (
    token_warnings,
    webhook_attempts,
    webhook_deliveries,
    webhook_installations,
    webhook_marks,
    webhooks,
)

__all__ = [
    "audit",
    "audit_installations",
    "catalogue",
    "deliveries",
    "idempotency_keys",
    "inspection_digests",
    "inspections",
    "intake_alerts",
    "intakes",
    "leases",
    "metadata",
    "package_reports",
    "redeemed",
    "reports",
    "repositories",
    "tasks",
    "token_callers",
    "token_installations",
    "token_refusals",
    "token_signals",
    "token_uses",
    "token_warnings",
    "tokens",
    "webhook_attempts",
    "webhook_deliveries",
    "webhook_installations",
    "webhook_marks",
    "webhooks",
    "workers",
]
