"""Plain data as bytes, and back, between two processes that do not trust each other.

Nothing is pickled: the format below can say "a list of three floats" or "an array of float64", and nothing that runs.
The decoder counts as it reads, so that a message made to exhaust its reader is refused before it has cost much.

One value is one tag byte and what the tag asks for; sizes are unsigned 32-bit little-endian numbers.

====  ==========================================  ====  ===========================================
N     None                                        s     text: size, UTF-8 bytes
T F   True, False                                 b     bytes: size, bytes
i     integer: size, signed little-endian bytes   l t   list, tuple: size, values
f     float: 8 bytes                              d     dict: size, keys and values in turn
c     complex: 16 bytes                           e     set: size, values
a     array: dtype (text), dimensions, sizes      n     NumPy scalar: as an array without dimensions
      of 64 bits, bytes in C order
====  ==========================================  ====  ===========================================

This file is also read inside the student's sandbox: only the standard library and NumPy (imported at the first array).
"""

from __future__ import annotations

import struct
import sys
from dataclasses import dataclass
from typing import Any

MiB = 2**20


class WireError(Exception):
    """A value that cannot cross, or bytes that are not a value; the message is one sentence."""


@dataclass(frozen=True)
class Limits:
    """What one message may hold.

    ``size`` in bytes, ``items`` counted over the whole tree, ``keys`` of one dict or set (kept small because keys with
    equal hashes make a dict slow), ``depth`` of nesting, ``digits`` in bytes of one integer.
    """

    size: int = 64 * MiB
    items: int = 1_000_000
    keys: int = 20_000
    depth: int = 64
    digits: int = 1024


LIMITS = Limits()
_SIZE = struct.Struct("<I")
_FLOAT = struct.Struct("<d")
_COMPLEX = struct.Struct("<dd")
_KINDS = "biufc"


def encode(value: Any, limits: Limits = LIMITS) -> bytes:
    """Turn ``value`` into bytes.

    Subclasses travel as the type they are built on (a namedtuple as a tuple, an OrderedDict as a dict), anything with
    ``__array__`` as an array. Raises WireError for all that is not plain data and for what is over a limit.
    """
    writer = _Writer(limits)
    try:
        writer.put(value, 0)
    except RecursionError:
        raise WireError("it is nested too deeply") from None
    return b"".join(writer.parts)


def decode(data: bytes | memoryview, limits: Limits = LIMITS) -> Any:
    """Turn bytes back into a value made of plain built-in types and fresh NumPy arrays.

    Raises WireError for anything malformed or over a limit, and nothing else.
    """
    if len(data) > limits.size:
        raise WireError(f"it is larger than {limits.size // MiB} MiB")
    reader = _Reader(memoryview(data), limits)
    try:
        value = reader.get(0)
    except (
        struct.error,
        ValueError,
        TypeError,
        OverflowError,
        MemoryError,
        RecursionError,
        IndexError,
    ) as error:
        raise WireError("it is not readable as plain data") from error
    if reader.at != len(data):
        raise WireError("it is not readable as plain data")
    return value


class _Writer:
    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.parts: list[bytes] = []
        self.size = 0
        self.items = 0

    def add(self, *parts: bytes) -> None:
        self.parts.extend(parts)
        self.size += sum(map(len, parts))
        if self.size > self.limits.size:
            raise WireError(f"it is larger than {self.limits.size // MiB} MiB")

    def put(self, value: Any, depth: int) -> None:
        self.items += 1
        if self.items > self.limits.items:
            raise WireError(f"it has more than {self.limits.items:,} items")
        if depth > self.limits.depth:
            raise WireError(f"it is nested more than {self.limits.depth} levels deep")
        if value is None:
            self.add(b"N")
        elif value is True or value is False:
            self.add(b"T" if value else b"F")
        elif _is_array_like(value):
            self.put_array(value)
        elif isinstance(value, (int, float, complex, str, bytes, bytearray)):
            self.put_atom(value)
        else:
            self.put_container(value, depth)

    def put_atom(self, value: Any) -> None:
        if isinstance(value, int):
            size = (int.bit_length(value) + 8) // 8
            if size > self.limits.digits:
                raise WireError(f"it holds an integer of more than {self.limits.digits * 8} bits")
            self.add(b"i", _SIZE.pack(size), int.to_bytes(value, size, "little", signed=True))
        elif isinstance(value, float):
            self.add(b"f", _FLOAT.pack(value))
        elif isinstance(value, complex):
            self.add(b"c", _COMPLEX.pack(value.real, value.imag))
        elif isinstance(value, str):
            text = str.encode(value, "utf-8", "replace")
            self.add(b"s", _SIZE.pack(len(text)), text)
        else:
            self.add(b"b", _SIZE.pack(len(value)), bytes(value))

    def put_container(self, value: Any, depth: int) -> None:
        if isinstance(value, dict):
            self.check_keys(len(value))
            self.add(b"d", _SIZE.pack(dict.__len__(value)))
            for key, item in dict.items(value):
                self.put(key, depth + 1)
                self.put(item, depth + 1)
        elif isinstance(value, (list, tuple, set, frozenset)):
            if self.items + len(value) > self.limits.items:
                raise WireError(f"it has more than {self.limits.items:,} items")
            tag = b"l" if isinstance(value, list) else b"t" if isinstance(value, tuple) else b"e"
            if tag == b"e":
                self.check_keys(len(value))
            self.add(tag, _SIZE.pack(len(value)))
            for item in value:
                self.put(item, depth + 1)
        else:
            raise WireError(f"it holds {_kind(value)}")

    def check_keys(self, count: int) -> None:
        if count > self.limits.keys:
            raise WireError(f"it has a dictionary or set of more than {self.limits.keys:,} keys")

    def put_array(self, value: Any) -> None:
        import numpy as np

        scalar = isinstance(value, np.generic)
        if isinstance(value, np.ma.MaskedArray):
            value = value.filled(np.nan) if value.dtype.kind in "fc" else value.filled()
        array = np.asarray(value.detach() if hasattr(value, "detach") else value)
        if array.dtype.kind not in _KINDS:
            raise WireError(f"it holds an array of {_dtype_word(array.dtype)}, not of numbers")
        if array.nbytes + self.size > self.limits.size:
            raise WireError(f"it is larger than {self.limits.size // MiB} MiB")
        array = array.astype(array.dtype.newbyteorder("<"), order="C", copy=False)
        dtype = array.dtype.str.encode()
        self.add(b"n" if scalar else b"a", _SIZE.pack(len(dtype)), dtype, _SIZE.pack(array.ndim))
        self.add(b"".join(struct.pack("<Q", n) for n in array.shape), array.tobytes())


class _Reader:
    def __init__(self, data: memoryview, limits: Limits) -> None:
        self.data = data
        self.limits = limits
        self.at = 0
        self.items = 0

    def take(self, size: int) -> memoryview:
        part = self.data[self.at : self.at + size]
        if len(part) != size:
            raise WireError("it is not readable as plain data")
        self.at += size
        return part

    def size(self) -> int:
        return int(_SIZE.unpack(self.take(4))[0])

    def get(self, depth: int) -> Any:
        self.items += 1
        if self.items > self.limits.items:
            raise WireError(f"it has more than {self.limits.items:,} items")
        if depth > self.limits.depth:
            raise WireError(f"it is nested more than {self.limits.depth} levels deep")
        tag = bytes(self.take(1))
        if tag in b"ltde":
            return self.get_container(tag, depth)
        if tag in b"an":
            return self.get_array(scalar=tag == b"n")
        return self.get_atom(tag)

    def get_atom(self, tag: bytes) -> Any:
        if tag in b"NTF":
            return {b"N": None, b"T": True, b"F": False}[tag]
        if tag == b"f":
            return _FLOAT.unpack(self.take(8))[0]
        if tag == b"c":
            return complex(*_COMPLEX.unpack(self.take(16)))
        size = self.size()
        if tag == b"i" and size <= self.limits.digits:
            return int.from_bytes(self.take(size), "little", signed=True)
        if tag == b"s":
            return str(self.take(size), "utf-8", "replace")
        if tag == b"b":
            return bytes(self.take(size))
        raise WireError("it is not readable as plain data")

    def get_container(self, tag: bytes, depth: int) -> Any:
        count = self.size()
        if count > len(self.data) - self.at:  # each item takes a byte at least
            raise WireError("it is not readable as plain data")
        if tag in b"de" and count > self.limits.keys:
            raise WireError(f"it has a dictionary or set of more than {self.limits.keys:,} keys")
        if tag == b"d":
            return {self.get(depth + 1): self.get(depth + 1) for _ in range(count)}
        items = [self.get(depth + 1) for _ in range(count)]
        return items if tag == b"l" else tuple(items) if tag == b"t" else set(items)

    def get_array(self, scalar: bool) -> Any:
        import numpy as np

        name = str(self.take(min(self.size(), 16)), "ascii")
        dtype = np.dtype(name)
        dimensions = self.size()
        if dtype.kind not in _KINDS or dtype.str != name or dimensions > 32:
            raise WireError("it is not readable as plain data")
        shape = struct.unpack(f"<{dimensions}Q", self.take(8 * dimensions))
        count, span = 1, 1
        for length in shape:
            count, span = count * length, span * max(length, 1)
        if span * dtype.itemsize > self.limits.size or (scalar and shape):
            raise WireError(f"it is larger than {self.limits.size // MiB} MiB")
        raw = bytearray(self.take(count * dtype.itemsize))
        array = np.frombuffer(raw, dtype=dtype).reshape(shape)
        if dtype.kind == "b":
            array = np.asarray(array.view(np.uint8) != 0)  # a byte of 2 would be a bool that is neither
        array = array.astype(array.dtype.newbyteorder("="), copy=False)
        return array[()] if scalar else array


def random_state() -> tuple[Any, ...] | None:
    """NumPy's global generator as plain data, or None while nobody has imported NumPy."""
    numpy = sys.modules.get("numpy")
    if numpy is None:
        return None
    name, keys, position, has_gauss, gauss = numpy.random.get_state()
    return (name, keys, int(position), int(has_gauss), float(gauss))


def set_random_state(state: Any) -> None:
    """Set NumPy's global generator from plain data. Raises WireError unless it is a complete MT19937 state."""
    if state is None:
        return
    import numpy as np

    if not (isinstance(state, tuple) and len(state) == 5 and state[0] == "MT19937"):
        raise WireError("the state of NumPy's generator is not readable")
    _, keys, position, has_gauss, gauss = state
    whole = isinstance(keys, np.ndarray) and keys.shape == (624,) and keys.dtype == np.uint32 and keys.any()
    numbers = type(position) is int and 0 <= position <= 624 and has_gauss in (0, 1) and type(gauss) is float
    if not (whole and numbers):
        raise WireError("the state of NumPy's generator is not readable")
    np.random.set_state(state)


def _is_array_like(value: Any) -> bool:
    """An array, a NumPy scalar, a matrix, a tensor: an instance whose class knows ``__array__``."""
    return hasattr(type(value), "__array__")


def _dtype_word(dtype: Any) -> str:
    return {"O": "objects", "U": "text", "S": "bytes", "M": "dates", "m": "durations"}.get(
        dtype.kind, "records"
    )


def _kind(value: Any) -> str:
    """What to call a value that cannot cross: "a function", "a generator", "an object of class Network"."""
    name = type(value).__name__[:40]
    named = {"function": "a function", "builtin_function_or_method": "a function", "method": "a method"}
    named |= {"type": "a class", "module": "a module", "generator": "a generator", "map": "a generator"}
    return named.get(name, f"an object of class {name}")
