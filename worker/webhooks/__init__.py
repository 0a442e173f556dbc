"""Outgoing webhooks: noticing what is to be told, signing it, and sending it where it is safe to send."""
