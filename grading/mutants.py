"""Mutants: small changes of a right answer, each of which a good test must notice.

Our own, and short: the tools we looked at (mutmut, cosmic-ray) rewrite files and run a test command for each
mutant, a second apiece, and know nothing of what students confuse: dW and db, beta1 and beta2, layer l and
l + 1, randn and rand. Here a mutant is a text, made and run within one process.
"""

from __future__ import annotations

import ast
import copy
import difflib
import re
import signal
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

_BINARY: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add, ast.Div),
    ast.Mult: (ast.Div, ast.Add),
    ast.Div: (ast.Mult, ast.FloorDiv),
    ast.FloorDiv: (ast.Div, ast.Mult),
    ast.Mod: (ast.Div,),
    ast.Pow: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
}
_COMPARE: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_CALLS = (
    ("randn", "rand"),
    ("standard_normal", "random"),
    ("zeros", "ones"),
    ("zeros_like", "ones_like"),
    ("sum", "mean"),
    ("std", "var"),
    ("floor", "round"),
    ("floor", "ceil"),
    ("dot", "multiply"),
    ("matmul", "multiply"),
    ("maximum", "minimum"),
    ("max", "min"),
    ("sqrt", "square"),
    ("log", "exp"),
    ("abs", "sign"),
    ("vstack", "hstack"),
)
_NAMES = (
    ("dW", "db"),
    ("dA", "dZ"),
    ("W", "b"),
    ("A", "Z"),
    ("A", "D"),
    ("X", "Y"),
    ("v", "s"),
    ("beta1", "beta2"),
    ("plus", "minus"),
    ("grads", "parameters"),
    ("gradients", "parameters"),
    ("grad", "gradapprox"),
)
_LAYERS = ("l", "layer", "i", "k")
_SYMMETRIC = ("maximum", "minimum", "multiply", "add", "max", "min")
_MERELY_KIND = ("float", "int", "list", "set", "tuple", "asarray", "array")


@dataclass(frozen=True)
class Mutant:
    """One change: what kind it is, the changed lines, and the whole changed text."""

    operator: str
    change: str
    text: str


Replacement = tuple[str, ast.AST]
Place = Callable[[ast.AST], None]


def mutants(text: str, functions: set[str]) -> list[Mutant]:
    """All mutants of the bodies of these functions in a text, each once; the signatures stay as they are."""
    tree = ast.parse(text)
    before = ast.unparse(tree)
    found: dict[str, Mutant] = {}
    for top in tree.body:
        if not isinstance(top, ast.FunctionDef) or top.name not in functions:
            continue
        swaps = _Swaps(top)
        start = 1 if ast.get_docstring(top) is not None else 0
        for index in range(start, len(top.body)):
            for node, put in _places(top.body, index):
                for operator, new in [*_replacements(node), *swaps.of(node)]:
                    put(ast.fix_missing_locations(new))
                    after = ast.unparse(tree)
                    put(node)
                    if after != before and after not in found and _compiles(after):
                        found[after] = Mutant(operator, _change(before, after), after)
    return _numbered(found.values())


def _numbered(found: Iterable[Mutant]) -> list[Mutant]:
    """The mutants with changes that differ: a second one of the same words gets a number."""
    seen: Counter[str] = Counter()
    named = []
    for mutant in found:
        seen[mutant.change] += 1
        count = seen[mutant.change]
        named.append(mutant if count == 1 else replace(mutant, change=f"{mutant.change} [{count}]"))
    return named


def _compiles(text: str) -> bool:
    try:
        compile(text, "<mutant>", "exec")
    except SyntaxError:
        return False
    return True


def _change(before: str, after: str) -> str:
    """The changed lines, ``old -> new``; where the old line occurs more than once, with its number."""
    old, new = before.splitlines(), after.splitlines()
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    parts = []
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag != "equal":
            was = " ".join(line.strip() for line in old[i1:i2])
            now = " ".join(line.strip() for line in new[j1:j2])
            twice = sum(line.strip() == was for line in old) > 1
            parts.append(f"{f'line {i1 + 1}: ' if twice else ''}{was or '(nothing)'} -> {now or '(nothing)'}")
    return " ... ".join(parts)


def _places(body: list[Any], index: int) -> Iterator[tuple[ast.AST, Place]]:
    """Every node below (and with) ``body[index]``, with a function that puts another in its place."""

    def put_item(items: list[Any], at: int) -> Place:
        def put(new: ast.AST) -> None:
            items[at] = new

        return put

    def put_field(node: ast.AST, name: str) -> Place:
        return lambda new: setattr(node, name, new)

    stack: list[tuple[ast.AST, Place]] = [(body[index], put_item(body, index))]
    while stack:
        node, put = stack.pop(0)
        yield node, put
        for name, value in ast.iter_fields(node):
            if isinstance(value, ast.AST):
                stack.append((value, put_field(node, name)))
            elif isinstance(value, list):
                stack += [(v, put_item(value, i)) for i, v in enumerate(value) if isinstance(v, ast.AST)]


def _with(node: ast.AST, **fields: Any) -> ast.AST:
    """A copy of a node with other fields."""
    new = copy.copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new


def _replacements(node: ast.AST) -> Iterator[Replacement]:
    """What may stand in a node's place, whatever the names mean."""
    for kind, operator in _OPERATORS:
        if isinstance(node, kind):
            yield from operator(node)


def _binary(node: ast.BinOp) -> Iterator[Replacement]:
    for op in _BINARY.get(type(node.op), ()):
        yield "arithmetic", _with(node, op=op())
    if isinstance(node.op, (ast.Sub, ast.Div, ast.MatMult, ast.Pow)):
        yield "operand order", _with(node, left=node.right, right=node.left)
    yield "operand dropped", node.left
    yield "operand dropped", node.right


def _augmented(node: ast.AugAssign) -> Iterator[Replacement]:
    for op in _BINARY.get(type(node.op), ()):
        yield "arithmetic", _with(node, op=op())
    yield "arithmetic", ast.Assign([node.target], node.value)


def _comparison(node: ast.Compare) -> Iterator[Replacement]:
    for index, op in enumerate(node.ops):
        for new in _COMPARE.get(type(op), ()):
            ops = [new() if i == index else o for i, o in enumerate(node.ops)]
            yield "comparison", _with(node, ops=ops)


def _boolean(node: ast.BoolOp) -> Iterator[Replacement]:
    yield "boolean", _with(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())


def _unary(node: ast.UnaryOp) -> Iterator[Replacement]:
    yield "unary", node.operand


def _constant(node: ast.Constant) -> Iterator[Replacement]:
    value = node.value
    if isinstance(value, bool):
        yield "constant", ast.Constant(not value)
    elif isinstance(value, (int, float)):
        for other in (value + 1, value - 1, value * 2, 0):
            yield "constant", ast.Constant(other) if other >= 0 else ast.parse(str(other), mode="eval").body


def _statement(node: ast.stmt) -> Iterator[Replacement]:
    if isinstance(node, ast.Return):
        yield "return dropped", ast.Expr(node.value) if node.value else ast.Pass()
        if isinstance(node.value, ast.Tuple):
            yield from (("return", ast.Return(element)) for element in node.value.elts)
    elif isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Expr, ast.For, ast.While, ast.If)):
        yield "statement deleted", ast.Pass()
    if isinstance(node, ast.Continue):
        yield "loop", ast.Break()
    if isinstance(node, ast.Break):
        yield "loop", ast.Continue()
    if isinstance(node, ast.For):
        yield "loop", _with(node, body=[*node.body, ast.Break()])


def _condition(node: ast.If | ast.IfExp) -> Iterator[Replacement]:
    for value in (True, False):
        yield "condition", _with(node, test=ast.Constant(value))


def _tuple(node: ast.Tuple | ast.List) -> Iterator[Replacement]:
    if isinstance(node.ctx, ast.Load):
        yield from (("order", _with(node, elts=elts)) for elts in _swapped(node.elts))


def _swapped(items: list[Any]) -> Iterator[list[Any]]:
    """A list with two neighbours in each other's place."""
    for i in range(len(items) - 1):
        yield [*items[:i], items[i + 1], items[i], *items[i + 2 :]]


def _call(node: ast.Call) -> Iterator[Replacement]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    for args in _swapped(node.args) if name not in _SYMMETRIC else ():
        yield "argument order", _with(node, args=args)
    for keyword in node.keywords:
        yield "keyword dropped", _with(node, keywords=[k for k in node.keywords if k is not keyword])
    if len(node.args) > 1:
        yield "argument dropped", _with(node, args=node.args[:-1])
    if len(node.args) == 1 and name not in _MERELY_KIND:
        yield "call dropped", node.args[0]
    if isinstance(node.func, ast.Attribute) and not node.args:
        yield "call dropped", node.func.value
    for one, other in (pair for swap in _CALLS for pair in (swap, swap[::-1])):
        if name == one:
            field = "attr" if isinstance(node.func, ast.Attribute) else "id"
            yield "call replaced", _with(node, func=_with(node.func, **{field: other}))


def _slice(node: ast.Slice) -> Iterator[Replacement]:
    for name in ("lower", "upper", "step"):
        bound = getattr(node, name)
        if bound is not None:
            yield "slice", _with(node, **{name: None})
            if not isinstance(bound, ast.Constant):
                for op in (ast.Add(), ast.Sub()):
                    yield "slice", _with(node, **{name: ast.BinOp(bound, op, ast.Constant(1))})


_OPERATORS: tuple[tuple[Any, Callable[[Any], Iterator[Replacement]]], ...] = (
    (ast.BinOp, _binary),
    (ast.AugAssign, _augmented),
    (ast.Compare, _comparison),
    (ast.BoolOp, _boolean),
    (ast.UnaryOp, _unary),
    (ast.Constant, _constant),
    (ast.stmt, _statement),
    ((ast.If, ast.IfExp), _condition),
    ((ast.Tuple, ast.List), _tuple),
    (ast.Call, _call),
    (ast.Slice, _slice),
)


class _Swaps:
    """Names that students confuse, taken from those that a function uses."""

    def __init__(self, function: ast.FunctionDef) -> None:
        names = [node.id for node in ast.walk(function) if isinstance(node, ast.Name)]
        names += [node.arg for node in ast.walk(function) if isinstance(node, ast.arg)]
        names += [
            n.value for n in ast.walk(function) if isinstance(n, ast.Constant) and isinstance(n.value, str)
        ]
        self.known = {name for name in names if re.fullmatch(r"\w{1,30}", name)}
        self.measured = {
            id(n.value) for n in ast.walk(function) if isinstance(n, ast.Attribute) and n.attr == "shape"
        }
        self.local = {
            n.id for n in ast.walk(function) if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)
        }

    def of(self, node: ast.AST) -> Iterator[Replacement]:
        """Other names (or layers) in a node's place."""
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            for name in self._others(node.id):
                if not (id(node) in self.measured and name[1:] == node.id[1:] and name[0] in "AZD"):
                    yield "name swapped", ast.Name(name, ast.Load())  # A1.shape is Z1.shape
            if node.id in _LAYERS and node.id in self.local:
                for op in (ast.Add(), ast.Sub()):
                    yield "layer shifted", ast.BinOp(node, op, ast.Constant(1))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            for name in self._others(node.value):
                yield "name swapped", ast.Constant(name)

    def _others(self, name: str) -> list[str]:
        """The known names that ``name`` is confused with: another kind of the same layer, or another layer."""
        found = []
        for one, other in (pair for swap in _NAMES for pair in (swap, swap[::-1])):
            found.append(re.sub(rf"^{one}(?=\d*$|_)", other, name))
            found.append(re.sub(rf"(?<=_){one}$", other, name))
        stem, digits = re.fullmatch(r"(.*?)(\d*)", name, re.DOTALL).groups()  # type: ignore[union-attr]
        if digits:
            found += [known for known in self.known if re.fullmatch(rf"{re.escape(stem)}\d+", known)]
        return sorted({new for new in found if new != name and new in self.known})


# -- running a mutant ------------------------------------------------------------------------------------------

SECONDS = 30
"""Processor time after which a call is ended, should counting its steps not have ended it."""


class Stopped(BaseException):
    """A mutant that took far more steps than the right answer; no `except Exception` catches it."""


@dataclass
class Steps:
    """Counts turns of loops and calls, so that what a mutant may do is the same on every machine."""

    limit: float = float("inf")
    count: int = 0

    def __call__(self) -> None:
        self.count += 1
        if self.count > self.limit:
            raise Stopped

    @contextmanager
    def counted(self, limit: float) -> Iterator[None]:
        """Count anew, up to a limit."""
        self.count, self.limit = 0, limit
        try:
            yield
        finally:
            self.limit = float("inf")


def define(text: str, name: str, space: Mapping[str, Any], step: Steps) -> Callable[..., Any]:
    """The function that a text defines among the names of a notebook; every turn of a loop and every call is a step."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, (ast.For, ast.While, ast.FunctionDef)):
            node.body[:0] = ast.parse("__step__()").body
    own = {**space, "__step__": step}
    exec(compile(tree, f"<{name}>", "exec"), own)
    function: Callable[..., Any] = own[name]
    return function


def _time_over(number: int, frame: Any) -> None:
    raise Stopped


@contextmanager
def time_limit() -> Iterator[None]:
    """End by force what counting steps does not end, such as a loop within a comprehension.

    Acts in a process's main thread only, as signals do.
    """
    before = signal.signal(signal.SIGVTALRM, _time_over)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
