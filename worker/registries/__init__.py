"""The npm registry and PyPI, read under limits."""
