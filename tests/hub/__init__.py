"""The hub: its store, its service of exchange and devices, its check of everything stored, its HTTP doors."""
