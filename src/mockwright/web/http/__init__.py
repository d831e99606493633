"""HTTP itself, as all surfaces need it: bodies, errors, faults, CORS, logs."""
