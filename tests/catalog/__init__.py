"""The catalog: what is its own business, not the contract's."""
