"""Detectors: pure plug-ins, one file per rule."""
