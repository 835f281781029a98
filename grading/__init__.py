"""What only instructors have: exercises, verification, kernels, sandbox, and the `course` command."""
