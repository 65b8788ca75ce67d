"""What coverage is measured of, in the run that reports it: measuring doubles the time of what is measured.

The simulated servers are in none of the rooms that are reported, so their threads go unmeasured. Of tests that lead the
same life in many settings a few cases are measured: what only the others reach counts as not reached, so that what is
reported is never more than what is so.
"""

from __future__ import annotations

import sys
import threading
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest

from tests import order

CASES = 3
"""Of each of these so many are measured, the first, the last and between."""
FEW = {
    "tests/docs/test_docs.py::test_every_message_that_is_explained_is_one_of_the_code",
    "tests/doctor/test_doctor.py::test_all_that_it_says",
    "tests/estate/test_attribution.py::test_what_a_run_left_is_no_drift_and_what_somebody_changed_is",
    "tests/products/test_em_backup_server.py::test_every_reply_to_create_in_every_form",
    "tests/products/test_knobs.py::test_a_life_on_the_other_side_of_a_knob",
    "tests/products/test_m365_restore_role.py::test_a_life_in_every_way_of_answering",
    "tests/products/test_vbr_credential.py::test_a_life_in_every_way_of_answering",
    "tests/products/test_vbr_managed_server.py::test_a_life_in_every_way_of_answering",
    "tests/products/test_vspc_company.py::test_a_whole_life_on_every_version",
    "tests/products/test_vspc_user.py::test_a_whole_life_in_every_form_of_reply",
    "tests/server/test_login.py::test_a_login_that_a_server_fails_at_is_tried_twice",
    "tests/server/test_login.py::test_a_login_without_a_token_is_refused_once_and_for_all",
    "tests/server/test_login.py::test_malformed_answers_to_a_login",
}


def spread(number: int) -> set[int]:
    """Which of so many cases."""
    return {round(one * (number - 1) / (CASES - 1)) for one in range(CASES)} if number > CASES else {*range(number)}


def left_out(names: list[str]) -> set[str]:
    """Which tests of a run are not measured."""
    cases = defaultdict[str, list[str]](list)
    for name in names:
        if order.function(name) in FEW:
            cases[order.function(name)].append(name)
    return {name for found in cases.values() for at, name in enumerate(found) if at not in spread(len(found))}


def pytest_collection_finish(session: pytest.Session) -> None:
    vars(session)["_left_out"] = left_out([item.nodeid for item in session.items])
    _leave_out_the_servers()


def _leave_out_the_servers() -> None:
    from veeam_pulumi.simulator.serve import Servers  # not before measuring began: what importing runs counts, too

    run: Any = Servers._run

    def unmeasured(self: Servers) -> None:
        sys.settrace(None)
        run(self)

    Servers._run = unmeasured  # type: ignore[method-assign]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[Any]:
    if item.nodeid not in vars(item.session)["_left_out"]:
        return (yield)
    here, threads = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)
    try:
        return (yield)
    finally:
        threading.settrace(threads)
        sys.settrace(here)
