"""A GitHub and a registry of our own on loopback, for the demo and for the tests."""
