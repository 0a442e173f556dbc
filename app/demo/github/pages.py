"""The pages that a newcomer can look at."""

from flask import Blueprint

from app.demo.github.world import World


def pages(world: World) -> Blueprint:
    """Pages."""
    return Blueprint("pages", __name__)
