"""A whole fleet, measured: `make bench-fleet`."""
