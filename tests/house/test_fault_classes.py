"""Every fault class is drawn by the simulator, or names a test that is about it."""

import ast

from tests.house.sources import ROOT, tree
from tests.system.simulate.classes import DRAWN, ELSEWHERE, FAULT_CLASSES
from tests.system.simulate.plan import ACTS, draw

SEEDS = 1_000


def test_there_are_48_fault_classes_and_each_is_drawn_or_tested_elsewhere():
    assert list(FAULT_CLASSES) == list(range(1, 49))
    assert DRAWN.keys() | ELSEWHERE.keys() == FAULT_CLASSES.keys()


def test_what_is_said_to_be_tested_elsewhere_is():
    for path, name in ELSEWHERE.values():
        functions = [node.name for node in ast.walk(tree(ROOT / path)) if isinstance(node, ast.FunctionDef)]
        assert name in functions, (path, name)


def test_each_class_is_drawn_by_acts_that_there_are():
    assert {act for acts in DRAWN.values() for act in acts} <= ACTS.keys()


def test_the_seeds_of_every_test_run_draw_every_class():
    plans = [draw(seed) for seed in range(SEEDS)]
    assert {number for plan in plans for number in plan.faults} == DRAWN.keys()
    played = {step.act for plan in plans for step in plan.steps}
    assert played == ACTS.keys()
