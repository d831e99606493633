"""The admin API: health, metrics, and what may be looked at and changed while the gateway runs."""
