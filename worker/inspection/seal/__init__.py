"""The fence around the child: each layer on its own, so that any of them may be missing where the platform lacks it."""
