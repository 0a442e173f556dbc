"""Tests of the modules that stand directly in `app`."""
