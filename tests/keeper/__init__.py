"""The keeper: what runs behind a service."""
