"""Tests of our own GitHub."""
