"""
Other arithmetics for the same mathematics; each a package that is imported by name and on demand.

A backend may import `fpverify.kernel` and nothing above it. No verdict rests on one: the kernel decides by its own
arithmetic, and a backend serves the search, or a caller who wants enclosures of many boxes at once.
"""
