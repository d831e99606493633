"""HTTP itself, as all surfaces need it: bodies, problems, faults, CORS, counters and logs."""
