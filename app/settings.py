"""Environment → WebSettings | WorkerSettings; all problems at once."""
