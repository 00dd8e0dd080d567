"""Tests of the trusted kernel, one module each."""
