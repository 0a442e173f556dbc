"""The only room that knows PyGithub."""
