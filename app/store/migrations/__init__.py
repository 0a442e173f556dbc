"""Migrations of the schema, one file each, oldest first in `versions/`."""
