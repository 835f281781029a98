"""What only instructors have: exercises, verification, kernels, sandbox, and the `course` command."""

import sys

# jsonschema, which nbformat imports, compiles 39 grammars of this package to check IRIs: 2.7 s at every start.
# No notebook schema has any, and jsonschema goes without where the package is missing.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
