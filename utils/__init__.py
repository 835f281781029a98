"""What a student may see and call: networks, data, training loops, plots, and checks."""
