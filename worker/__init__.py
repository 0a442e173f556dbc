"""Everything that touches a package."""
