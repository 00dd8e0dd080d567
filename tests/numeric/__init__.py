"""Tests of the torch and mpmath worlds."""
