"""Credentials that an author left in a package: found by their form, proved without asking anybody, never shown.

Nothing is verified against a provider. A secret leaves this room as a fact that says whose it is, how long, and the
beginning of its SHA-256; `concealment` takes it out of everything else that was learned of the package.
"""
