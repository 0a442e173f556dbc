"""The store: SQLAlchemy on SQLite by default, and the in-memory twin that passes the same tests."""

from app.store.gathering import Gathering
from app.store.memory import MemoryStore
from app.store.migrate import upgrade
from app.store.sql import SqlStore, open_store

__all__ = ["Gathering", "MemoryStore", "SqlStore", "open_store", "upgrade"]
