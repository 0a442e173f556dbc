"""The store: SQLAlchemy on SQLite by default, and the in-memory twin that passes the same tests."""
