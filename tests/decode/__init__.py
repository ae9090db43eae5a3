"""From untrusted bytes to pixels."""
