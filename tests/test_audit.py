"""The audit finds what is wrong with tests; each kind of miss is planted in a small exercise and must be told."""

from __future__ import annotations

import textwrap
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grading import audit, mutants
from grading.audit import (
    Plan,
    Solutions,
    Tally,
    Verdict,
    audit_part,
    audit_question,
    declared,
    judge_draw,
    main,
    verdict,
    wrong_answers,
)
from grading.current import Course
from grading.exercise import (
    Behaviour,
    Draw,
    Exercise,
    ExerciseError,
    Question,
    assignments,
    mistake,
    single_suspects,
    visible_draws,
)
from grading.mutants import Steps, Stopped, define, time_limit
from utils.checks import generator_kept

# -- a small exercise that is all right ------------------------------------------------------------------------


def scaled(values: Any, rate: float) -> Any:
    total = 0
    for value in values:
        total = total + value * rate
    return total


def _values(rng: np.random.Generator) -> Iterator[Draw]:
    for _ in range(2):
        yield Draw((list(rng.uniform(1, 2, 3)), float(rng.uniform(3, 4))))


VALUES = Behaviour("values", "the sum of scaled values", _values)
FORGOTTEN = mistake("the rate is forgotten", " * rate", "")
SOLUTION = """
def scaled(values, rate):
    total = 0
    for value in values:
        total = total + value * rate
    return total
"""
GOOD = Exercise(
    scaled,
    (VALUES,),
    (FORGOTTEN,),
    variants={"by NumPy": "def scaled(values, rate):\n    return np.sum(values) * rate"},
    peer=lambda values, rate: float(np.dot(values, np.full(len(values), rate))),
)


@pytest.fixture(autouse=True)
def _mutants_on_every_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "MUTANTS_EVERY", 1)


def solved(text: str = SOLUTION) -> Solutions:
    space: dict[str, Any] = {"np": np}
    exec(text, space)
    return Solutions(space, {"scaled": text})


def audited(
    exercise: Exercise = GOOD, text: str = SOLUTION, equivalent: dict[str, str] | None = None
) -> Verdict:
    tally = audit_part(exercise, solved(text), range(3))
    return verdict(exercise, tally, equivalent or {})


def test_where_all_is_well_nothing_is_missed() -> None:
    result = audited()
    assert result.misses == []
    assert result.figures == {
        "right": "4/4",
        "mistakes": "1/1",
        "named": "1",
        "at once": "1",
        "mutants": result.figures["mutants"],
        "equivalent": "0",
        "survivors": "0",
    }
    assert int(result.figures["mutants"]) > 10


# -- each kind of miss ---------------------------------------------------------------------------------------------


def only_miss(result: Verdict) -> str:
    assert len(result.misses) == 1, result.misses
    return result.misses[0]


def test_a_mistake_that_slips_through_is_found() -> None:
    at_one = Behaviour("values", "", lambda rng: [Draw(([1.5, 2.5], 1.0))])
    result = audited(replace(GOOD, behaviours=(at_one,), peer=None))
    assert "scaled: a known mistake is accepted in 3 of 3 draws: the rate is forgotten" in result.misses
    assert any("a mutant is accepted in 3 of 3 draws (arithmetic)" in miss for miss in result.misses)
    assert result.figures["mistakes"] == "0/1"


def test_a_mistake_that_slips_through_some_draws_only_is_found() -> None:
    def sometimes(rng: np.random.Generator) -> Iterator[Draw]:
        yield Draw(([1.5, 2.5], float(rng.integers(1, 3))))

    exercise = replace(GOOD, behaviours=(Behaviour("values", "", sometimes),), peer=None)
    tally = audit_part(exercise, solved(), range(20))
    assert 0 < tally.through["mistake 0"] < 20
    assert "a known mistake is accepted in" in verdict(exercise, tally, {}).misses[0]


def test_an_edit_that_does_not_fit_is_found() -> None:
    stray = replace(GOOD, mistakes=(mistake("stray", "no such text", "x"),))
    assert only_miss(audited(stray)) == "scaled: an edit finds no place in the reference: 'stray'"


ALIKE = [
    mistake(text, "value * rate", "value") for text in ("the same in other words", "and in yet other words")
]


def test_a_mistake_that_is_not_named_is_found() -> None:
    miss = only_miss(audited(replace(GOOD, mistakes=(FORGOTTEN, *ALIKE))))
    assert miss.startswith(
        "scaled: a known mistake is not named in 3 of 3 draws: and in yet other words (told: "
    )
    assert "either the rate is forgotten; or the same in other words" in miss


def test_two_mistakes_may_be_alike_and_more_where_that_is_declared() -> None:
    assert audited(replace(GOOD, mistakes=(FORGOTTEN, ALIKE[0]))).misses == []
    third = replace(ALIKE[1], like="the rate is forgotten")
    assert audited(replace(GOOD, mistakes=(FORGOTTEN, ALIKE[0], third))).misses == []


def test_a_mistake_without_chance_is_called_once_on_each_case_of_a_draw() -> None:
    calls: list[list[float]] = []
    counted = mistake(
        "the rate is forgotten", variant=lambda values, rate: calls.append(values) or sum(values)
    )
    plan, tally = Plan.of(replace(GOOD, mistakes=(counted,)), solved()), Tally()
    with generator_kept():
        judge_draw(plan, 1, tally)
        calls.clear()
        judge_draw(plan, 2, tally)
    assert (len(calls), tally.named["mistake 0"]) == (2, 2)


def test_a_mistake_with_a_generator_of_its_own_is_not_recognised_by_its_digits() -> None:
    own = mistake("noise", variant=lambda values, rate: 1e6 + np.random.default_rng().normal())
    exercise = replace(GOOD, mistakes=(own,))
    with generator_kept():
        (known,) = single_suspects(exercise, visible_draws(exercise, VALUES))
        assert known.chances().varies


def test_a_right_answer_that_is_refused_is_found() -> None:
    strict = {"in single precision": "def scaled(v, r):\n    return np.float16(sum(v)) * np.float16(r)"}
    miss = only_miss(audited(replace(GOOD, variants=strict)))
    assert miss.startswith(
        "scaled: in single precision is refused in 3 of 3 draws (values: scaled: the returned"
    )


def test_a_right_answer_that_is_no_program_is_found() -> None:
    assert "the right variant 'broken' is no program" in only_miss(
        audited(replace(GOOD, variants={"broken": "def"}))
    )


def test_a_notebook_whose_solution_is_refused_is_found() -> None:
    result = audited(text=SOLUTION.replace("* rate", "+ rate"))
    assert any(
        miss.startswith("scaled: the notebook's solution is refused in 3 of 3") for miss in result.misses
    )


def test_a_reference_that_an_established_implementation_contradicts_is_found() -> None:
    miss = only_miss(audited(replace(GOOD, peer=lambda values, rate: sum(values) + rate)))
    assert miss.startswith("scaled: the established implementation is refused in 3 of 3 draws")


def test_an_established_implementation_that_is_not_installed_is_left_out() -> None:
    def absent(values: Any, rate: float) -> Any:
        raise ImportError("no such library")

    result = audited(replace(GOOD, peer=absent))
    assert (result.misses, result.figures["right"]) == ([], "3/3")


def test_a_mutant_that_survives_is_found() -> None:
    text = SOLUTION.replace("total = 0", "total = 0\n    unused = 3")
    result = audited(text=text)
    assert any("(constant): unused = 3 -> unused = 4" in miss for miss in result.misses)
    assert any("(statement deleted): unused = 3 -> pass" in miss for miss in result.misses)
    assert result.figures["survivors"] == str(len(result.misses))


def test_a_survivor_may_be_declared_equivalent() -> None:
    text = SOLUTION.replace("total = 0", "total = 0\n    unused = values[0]")
    survivors = {miss.split("): ", 1)[1]: "unused" for miss in audited(text=text).misses}
    result = audited(text=text, equivalent=survivors)
    assert result.misses == []
    assert result.figures["equivalent"] == str(len(survivors))


def test_a_declaration_that_is_out_of_date_is_found() -> None:
    gone = audited(equivalent={"total = 1 -> total = 2": "long ago"})
    assert only_miss(gone) == "scaled: declared equivalent, and no mutant any more: total = 1 -> total = 2"
    wrong = audited(equivalent={"total = 0 -> total = 1": "surely"})
    assert (
        only_miss(wrong) == "scaled: declared equivalent, but refused in some draws: total = 0 -> total = 1"
    )


def test_a_reference_that_fails_is_found() -> None:
    bad = replace(GOOD, behaviours=(Behaviour("values", "", lambda rng: [Draw((None, 1.0))]),))
    assert only_miss(audited(bad)) == "scaled: the reference fails on a case of values"


# -- mutants ---------------------------------------------------------------------------------------------------------


def changes(text: str, name: str = "f") -> set[tuple[str, str]]:
    return {(m.operator, m.change) for m in mutants.mutants(textwrap.dedent(text), {name})}


OPERATORS: dict[str, tuple[str, str, str]] = {
    "arithmetic": ("x = a + b", "arithmetic", "x = a + b -> x = a - b"),
    "division": ("x = a / b", "arithmetic", "x = a / b -> x = a // b"),
    "power": ("x = a ** b", "arithmetic", "x = a ** b -> x = a * b"),
    "matmul": ("x = a @ b", "arithmetic", "x = a @ b -> x = a * b"),
    "augmented": ("a -= b", "arithmetic", "a -= b -> a += b"),
    "augmented, lost": ("a -= b", "arithmetic", "a -= b -> a = b"),
    "operand order": ("x = a - b", "operand order", "x = a - b -> x = b - a"),
    "operand dropped": ("x = a + b", "operand dropped", "x = a + b -> x = a"),
    "comparison": ("x = a < b", "comparison", "x = a < b -> x = a <= b"),
    "comparison turned": ("x = a < b", "comparison", "x = a < b -> x = a > b"),
    "boolean": ("x = a and b", "boolean", "x = a and b -> x = a or b"),
    "unary": ("x = -a", "unary", "x = -a -> x = a"),
    "constant": ("x = 2", "constant", "x = 2 -> x = 3"),
    "constant, negative": ("x = 0", "constant", "x = 0 -> x = -1"),
    "flag": ("x = g(a, b=True)", "constant", "x = g(a, b=True) -> x = g(a, b=False)"),
    "index": ("x = a[0]", "constant", "x = a[0] -> x = a[1]"),
    "slice": ("x = a[1:b]", "slice", "x = a[1:b] -> x = a[1:b - 1]"),
    "slice bound": ("x = a[1:b]", "slice", "x = a[1:b] -> x = a[:b]"),
    "statement": ("x = a\ny = b", "statement deleted", "y = b -> pass"),
    "return": ("return a", "return dropped", "return a -> a"),
    "return, one of two": ("return a, b", "return", "return (a, b) -> return a"),
    "return, order": ("return a, b", "order", "return (a, b) -> return (b, a)"),
    "condition": ("if a:\n    x = b", "condition", "if a: -> if False:"),
    "loop cut": ("for x in a:\n    y = x", "loop", "(nothing) -> break"),
    "break": ("for x in a:\n    break", "loop", "break -> continue"),
    "call": ("x = np.random.randn(a)", "call replaced", "x = np.random.randn(a) -> x = np.random.rand(a)"),
    "sum": ("x = np.sum(a, axis=1)", "call replaced", "x = np.sum(a, axis=1) -> x = np.mean(a, axis=1)"),
    "axis": ("x = np.sum(a, axis=b)", "keyword dropped", "x = np.sum(a, axis=b) -> x = np.sum(a)"),
    "argument order": ("x = g(a, b)", "argument order", "x = g(a, b) -> x = g(b, a)"),
    "call dropped": ("x = np.sqrt(a)", "call dropped", "x = np.sqrt(a) -> x = a"),
    "copy dropped": ("x = a.copy()", "call dropped", "x = a.copy() -> x = a"),
    "names": ("x = dW1 + db1", "name swapped", "x = dW1 + db1 -> x = db1 + db1"),
    "layers": ("x = W1 + W2", "name swapped", "x = W1 + W2 -> x = W2 + W2"),
    "keys": ("x = a['W1'] + a['b1']", "name swapped", "x = a['W1'] + a['b1'] -> x = a['b1'] + a['b1']"),
    "betas": ("x = beta1 + beta2", "name swapped", "x = beta1 + beta2 -> x = beta1 + beta1"),
    "plus": ("x = J_plus - J_minus", "name swapped", "x = J_plus - J_minus -> x = J_minus - J_minus"),
    "state": ("x = v + s", "name swapped", "x = v + s -> x = s + s"),
    "layer number": ("for l in a:\n    x = b[l]", "layer shifted", "x = b[l] -> x = b[l + 1]"),
}


@pytest.mark.parametrize("case", OPERATORS)
def test_a_mutant_is_made(case: str) -> None:
    body, operator, change = OPERATORS[case]
    text = "def f(a, b):\n" + textwrap.indent(body, "    ")
    assert (operator, change) in changes(text)


def test_mutants_are_programs_and_all_different() -> None:
    made = mutants.mutants(SOLUTION, {"scaled"})
    assert len({m.text for m in made}) == len(made) == len({m.change for m in made})
    for mutant in made:
        compile(mutant.text, "", "exec")
        assert mutant.text != SOLUTION


def test_signatures_docstrings_and_other_functions_stay_as_they_are() -> None:
    text = 'def f(a, b=3):\n    "Adds 1."\n    return a\n\ndef g(a):\n    return a + 1\n'
    made = mutants.mutants(text, {"f"})
    assert made
    assert all("b=3" in m.text and "Adds 1." in m.text and "return a + 1" in m.text for m in made)


def test_a_line_that_is_there_twice_is_told_by_its_number() -> None:
    text = "def f(a):\n    a = a + 1\n    a = a + 1\n    return a"
    assert ("arithmetic", "line 3: a = a + 1 -> a = a - 1") in changes(text)


@pytest.mark.parametrize(
    "text",
    [
        "def f(x):\n    while True:\n        pass",
        "def f(x):\n    for i in range(10**12):\n        x = i",
        "def f(x):\n    try:\n        while True:\n            x = 1\n    except Exception:\n        return x",
    ],
)
def test_a_mutant_without_end_is_stopped_after_the_same_number_of_steps(text: str) -> None:
    step = Steps()
    function = define(text, "f", {}, step)
    for _ in range(2):
        with pytest.raises(Stopped), step.counted(1000):
            function(1)
        assert step.count == 1001


def test_a_mutant_that_takes_no_steps_is_stopped_by_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutants, "SECONDS", 0.2)
    with pytest.raises(Stopped), time_limit():
        sum(i for i in range(10**12))


def test_a_mutant_without_end_counts_as_refused() -> None:
    text = "def scaled(values, rate):\n    n, total = 0, 0\n    while n < len(values):\n"
    text += "        total += values[n] * rate\n        n += 1\n    return total\n"
    assert audited(text=text).misses == []


def test_a_mutant_that_wants_all_memory_counts_as_refused() -> None:
    text = "def scaled(values, rate):\n    room = np.ones(10 ** 12 // 10 ** 12)\n"
    text += "    return np.sum(values) * rate * room[0]\n"
    result = audited(text=text)
    assert not [miss for miss in result.misses if "notebook's solution" in miss]


# -- declarations ----------------------------------------------------------------------------------------------------


def test_declarations_are_read_by_function(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('[[f]]\nchange = "x -> y"\nreason = "the same"\n')
    assert declared("a", tmp_path) == {"f": {"x -> y": "the same"}}
    assert declared("b", tmp_path) == {}


def test_a_declaration_needs_a_reason(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('[[f]]\nchange = "x -> y"\n')
    with pytest.raises(ExerciseError, match="an entry of f needs both a change and a reason"):
        declared("a", tmp_path)


def test_the_courses_own_declarations_can_be_read() -> None:
    for path in audit.EQUIVALENT.glob("*.toml"):
        assert path.stem in assignments()
        assert tomllib.loads(path.read_text())


# -- questions -------------------------------------------------------------------------------------------------------

CHOICE = {"kind": "choice", "choices": "a bug, no bug, not decided"}


def asked(right: Any, rule: dict[str, str], judged: Any) -> list[str]:
    question = Question("q", "", rule, lambda answer, rng: "" if judged(answer) else "no")
    return audit_question(question, Solutions({"q": right}, {}))


def test_a_question_is_audited_by_all_other_answers() -> None:
    assert asked("no bug", CHOICE, lambda answer: answer in ("no bug", {"no bug"})) == []
    assert asked("a bug", CHOICE, lambda answer: answer == "no bug") == [
        "q: the notebook's answer 'a bug' is refused: no",
        "q: the wrong answer 'no bug' is accepted",
    ]
    names = {"kind": "set", "choices": "dW1, db1, dW2"}
    assert asked({"dW2"}, names, lambda answer: set(answer) == {"dW2"}) == []
    assert len(asked({"dW2"}, names, lambda answer: "dW2" in answer)) == 3
    assert asked(2.0, {"kind": "number"}, lambda answer: abs(answer - 2) < 0.1) == []
    assert "q: the wrong answer -2.0 is accepted" in asked(
        2.0, {"kind": "number"}, lambda answer: abs(answer) == 2
    )


def test_wrong_answers_are_all_others() -> None:
    assert wrong_answers(CHOICE, "a bug") == ["no bug", "not decided"]
    assert len(wrong_answers({"kind": "set", "choices": "a, b, c"}, {"a"})) == 7


# -- the command -----------------------------------------------------------------------------------------------------


def test_the_notebooks_solutions_are_those_of_its_answer_cells() -> None:
    found = audit.solutions(Course.find(Path(__file__).parent), "initialization")
    assert found is not None
    assert {"initialize_parameters_he", "activation_spread"} <= set(found.texts)
    assert callable(found.space["initialize_parameters_he"])
    assert "plot_costs" not in found.space
    assert audit.solutions(Course.find(Path(__file__).parent), "nothing") is None


@pytest.mark.slow
def test_the_command_prints_a_line_for_each_exercise(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["initialization", "--draws", "2", "--jobs", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("initialization: 2 draws")
    assert lines[1].split() == [
        "right",
        "mistakes",
        "named",
        "at",
        "once",
        "mutants",
        "equivalent",
        "survivors",
    ]
    assert [line.split()[0] for line in lines[2:5]] == [
        f"initialize_parameters_{name}" for name in ("zeros", "random", "he")
    ]
    assert lines[-1] == "all as it should be"


@pytest.mark.slow
def test_the_command_fails_where_something_is_missed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "declared", lambda assignment: {"initialize_parameters_he": {"x -> y": "no"}})
    assert main(["initialization", "--draws", "1", "--only", "initialize_parameters_he"]) == 1
    assert "declared equivalent, and no mutant any more: x -> y" in capsys.readouterr().out


def test_an_unknown_assignment_is_told() -> None:
    from grading.current import CourseError

    with pytest.raises(CourseError, match="no exercises for 'x'"):
        main(["x"])


def test_mutants_are_judged_on_some_draws_and_all_else_on_every_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "MUTANTS_EVERY", 10)
    tally = audit_part(GOOD, solved(), range(25))
    assert (tally.draws, tally.mutant_draws, tally.named["mistake 0"]) == (25, 3, 25)
    shares = [audit._share(200, job, 2) for job in range(2)]
    assert sorted(shares[0] + shares[1]) == list(range(200))
    assert [sum(draw % 10 == 0 for draw in share) for share in shares] == [10, 10]


@pytest.mark.slow
@pytest.mark.parametrize("assignment", list(assignments()))
def test_the_tests_of_every_assignment_hold(assignment: str) -> None:
    verdicts = audit.audit(Course.find(Path(__file__).parent), assignment)
    assert [miss for verdict in verdicts for miss in verdict.misses] == []
