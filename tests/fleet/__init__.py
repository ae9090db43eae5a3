"""The real programs of a fleet, in front of small instances that do as they are told."""
