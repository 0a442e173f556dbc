"""Parsers of dependency files: pure plug-ins, one file per format."""
