"""The tests of fpverify; they mirror the source tree. Shared behaviour is in `conformance`."""
