"""Tests of Calotype, laid out as src/calotype is."""
