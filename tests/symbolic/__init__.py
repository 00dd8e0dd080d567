"""Tests of the SymPy world."""
