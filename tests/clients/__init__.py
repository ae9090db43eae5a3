"""imgix's own clients, against a service of ours."""
