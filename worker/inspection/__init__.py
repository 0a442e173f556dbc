"""Opens archives in a sealed child."""
