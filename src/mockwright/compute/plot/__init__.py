"""Reports as drawings."""
