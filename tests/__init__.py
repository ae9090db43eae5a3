"""Tests of Calotype, laid out as src/calotype is."""

from hypothesis import settings

# No test asserts a time: by default an example fails that takes 200 ms, as any may when it is busy.
settings.register_profile("calotype", deadline=None)
settings.load_profile("calotype")
