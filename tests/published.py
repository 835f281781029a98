"""Published figures that several tests reproduce."""

from __future__ import annotations

SWEEP = {
    1e-2: 1.7e-6,
    1e-3: 1.7e-8,
    1e-4: 1.9e-10,
    1e-5: 9.3e-10,
    1e-6: 8.3e-9,
    1e-7: 1.2e-7,
    1e-8: 1.2e-6,
}
"""The difference of a right gradient in gradient checking, by epsilon."""
