"""The GitHub App: decisions, the GitHub client, the store and the web side."""
