"""The only room that knows GitHub's API and PyGithub; everybody else knows `app.core.ports`."""
