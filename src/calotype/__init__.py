"""Calotype: ask for an image by what it shows; get it rendered for the device that asks."""

__version__ = "0.1.0"
