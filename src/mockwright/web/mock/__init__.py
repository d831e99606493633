"""The mock surface: it answers any path under ``/api/mock``."""
