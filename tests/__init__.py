"""Tests of Calotype, laid out as src/calotype is."""

from hypothesis import settings

# No test asserts a time. By default an example of 200 ms fails, as it may on a busy machine.
settings.register_profile("calotype", deadline=None)
settings.load_profile("calotype")
