"""Build DOS boot media from recipes and serve them to PXE clients."""

__version__ = "0.1.0"
