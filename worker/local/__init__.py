"""The same engine without GitHub: dependency files, folders, revisions, packages by name, archives on disk."""
