"""What code does with the tokens of whoever uses it: weak practice, found by rare clues and read in the syntax tree.

A file is parsed for it only when one pass of RE2 has found a clue. Bundles and minified code are not looked at: nobody
who reads advice could follow it there.
"""
