"""The process that faces the internet: webhooks in, pages out. It holds no App key."""
