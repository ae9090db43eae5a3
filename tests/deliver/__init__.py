"""What HTTP sees: formats, validators, lifetimes, kept renditions."""
