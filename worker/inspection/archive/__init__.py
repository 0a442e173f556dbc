"""Reads archives in memory: no file is written, no link is followed, no declared size is believed."""
