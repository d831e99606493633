"""The mock surface: any path under ``/api/mock/``."""
