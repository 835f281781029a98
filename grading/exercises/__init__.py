"""One module per assignment: for each graded function its reference, its cases, its known mistakes."""
