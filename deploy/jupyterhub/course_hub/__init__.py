"""Sets up, starts, backs up and restores the course's JupyterHub. Needs nothing but Python's standard library."""
