"""The sockets in the wall: what the pipeline needs from the world, each with an adapter and an in-memory twin."""

from __future__ import annotations

from app.core.ports.forge import AddedLine, Annotation, CheckOutput, Forge, ForgeDoor, LineComment, Phase, Pull
from app.core.ports.inspecting import Inspection, InspectionRequest, Inspector, OwnToken, Turns
from app.core.ports.keeping import (
    Catalogues,
    Deliveries,
    Delivery,
    DeliveryState,
    Dispatch,
    Inspections,
    Leases,
    Reports,
    Store,
)
from app.core.ports.plugins import ChangeDetector, Detector, FileDetector, ManifestParser, Parser, ReleaseDetector
from app.core.ports.registries import Artifact, Download, Registry, Release
from app.core.ports.tasks import Asker, Task, TaskKind, Tasks, TaskState
from app.core.ports.time import Clock

__all__ = [
    "AddedLine",
    "Annotation",
    "Artifact",
    "Asker",
    "Catalogues",
    "ChangeDetector",
    "CheckOutput",
    "Clock",
    "Deliveries",
    "Delivery",
    "DeliveryState",
    "Detector",
    "Dispatch",
    "Download",
    "FileDetector",
    "Forge",
    "ForgeDoor",
    "Inspection",
    "InspectionRequest",
    "Inspections",
    "Inspector",
    "Leases",
    "LineComment",
    "ManifestParser",
    "OwnToken",
    "Parser",
    "Phase",
    "Pull",
    "Registry",
    "Release",
    "ReleaseDetector",
    "Reports",
    "Store",
    "Task",
    "TaskKind",
    "TaskState",
    "Tasks",
    "Turns",
]
