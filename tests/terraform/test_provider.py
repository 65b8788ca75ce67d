"""Calls that Terraform makes, one by one: what it may get besides success."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.specimens import ALL, PASSWORD, Specimen
from veeam_pulumi import vocabulary
from veeam_pulumi.resource.fields import UNKNOWN
from veeam_pulumi.simulator import Simulator
from veeam_pulumi.terraform.messages import CALLS, message
from veeam_pulumi.terraform.provider import Provider
from veeam_pulumi.terraform.schema import type_name
from veeam_pulumi.terraform.values import decode, encode, inside, outside
from veeam_pulumi.terraform.vocabulary import TerraformWords

JOHN = {"name": "TECH\\john", "roles": ["Veeam Backup Operator"]}


@pytest.fixture(autouse=True)
def _terraforms_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vocabulary, "head", TerraformWords())


@pytest.fixture
def provider(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    for key, value in sim.variables().items():
        monkeypatch.setenv(key, value)
    found = Provider()
    configure(found, {})
    yield found
    found.close()


def configure(provider: Provider, connections: dict[str, Any], **more: Any) -> list[str]:
    config = encode({"connections": connections, "max_deletes": None, **more})
    return said(provider.answer("ConfigureProvider", message("ConfigureProviderRequest", config=config)))


def said(answer: Any) -> list[str]:
    """Diagnostics as `severity path: summary; detail`."""
    found = []
    for one in answer.diagnostics:
        steps = [step.attribute_name or step.element_key_string for step in one.attribute.steps]
        found.append(f"{'error' if one.severity == 1 else 'warning'} {'.'.join(steps)}: {one.summary}; {one.detail}")
    return found


def ask(provider: Provider, method: str, type_name: str = "veeam_vbr_user", **fields: Any) -> Any:
    """An answer; dicts and None travel as Terraform's values, with null for what is left out."""
    names = provider.managed[type_name].attributes
    for key, value in fields.items():
        if isinstance(value, dict):
            fields[key] = encode(outside({**dict.fromkeys(names), **value}))
        elif value is None:
            fields[key] = encode(None)
    return provider.answer(method, message(f"{method}Request", type_name=type_name, **fields))


def test_every_call_answers_even_where_it_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    provider = Provider()
    for method in CALLS:
        monkeypatch.setattr(provider, method, lambda *_: 1 / 0)
        answer = provider.answer(method, None)
        if method != "StopProvider":
            assert said(answer) == [f"error : unexpected ZeroDivisionError in {method}; division by zero"]


def test_nothing_works_before_the_configuration() -> None:
    answer = ask(Provider(), "ReadResource", current_state={"id": "x", "connection": "vbr"})
    assert said(answer) == ["error : the provider is not configured yet; "]
    assert inside(decode(answer.new_state))["id"] == "x"


def test_mistakes_of_the_provider_block_are_shown_at_their_connection() -> None:
    bad = {"product": "vbr", "url": "http://vbr01", "username": "a"}
    config = encode({"connections": {"vbr": {**bad}}, "max_deletes": None})
    answer = Provider().answer("ValidateProviderConfig", message("ValidateProviderConfigRequest", config=config))
    (line,) = said(answer)
    assert line.startswith("error connections.vbr: connection vbr: its url must start")
    assert '`url = "https://HOST:PORT"` in connections.vbr of the provider block' in line


def test_what_the_provider_block_leaves_to_the_environment_is_no_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEEAM_VBR_TIMEOUT", "soon")  # of the machine, and said by whoever uses the connection
    block = {"vbr": {"username": "svc"}, "aws": {}, "lab": {"tls": {"ca_file": "ca.pem"}}, "dev": {"product": "em"}}
    config = encode({"connections": block, "max_deletes": None})
    assert (
        said(Provider().answer("ValidateProviderConfig", message("ValidateProviderConfigRequest", config=config))) == []
    )


@pytest.mark.parametrize(
    ("block", "cause"),
    [
        ({"vbr": {"timeout": "soon"}}, "timeout"),
        ({"VBR": {}}, "'VBR' cannot be the name of a connection"),
        ({"vbr": {"url": UNKNOWN, "deadline": -1}}, "deadline"),
        ({"vbr": {"password": "a", "password_env": "B"}}, "password and password_env are both set"),
    ],
)
def test_mistakes_of_the_block_itself_need_no_environment(block: dict[str, Any], cause: str) -> None:
    config = encode({"connections": block, "max_deletes": None})
    (line,) = said(Provider().answer("ValidateProviderConfig", message("ValidateProviderConfigRequest", config=config)))
    assert cause in line


def test_settings_that_the_environment_overrides_need_not_be_known(
    sim: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key, value in sim.variables().items():
        monkeypatch.setenv(key, value)
    provider = Provider()
    unknown = {"url": UNKNOWN, "password_file": UNKNOWN, "tls": {"thumbprint": UNKNOWN}}
    assert configure(provider, {"vbr": {**unknown, "timeout": 20}}) == []
    assert created(provider)["server"] == sim.url("vbr").removeprefix("https://")
    monkeypatch.delenv("VEEAM_VBR_URL")
    assert configure(provider, {"vbr": unknown}) == []
    (line,) = said(ask(provider, "ReadResource", current_state={"id": "x", "connection": "vbr"}))
    assert line.startswith("error : connection vbr is not known yet; ")
    assert configure(provider, {"vbr": {**unknown, "aliases": ["vbr-old"]}}) == []
    (line,) = said(ask(provider, "ReadResource", current_state={"id": "x", "connection": "vbr-old"}))
    assert line.startswith("error : connection vbr-old is not known yet; ")
    provider.close()


@pytest.mark.parametrize(
    "connections", [UNKNOWN, {"vbr": UNKNOWN}, {"vbr": {"url": UNKNOWN}}], ids=["all", "one", "part"]
)
def test_whatever_asks_a_connection_that_is_not_known_yet_is_told_so(connections: Any) -> None:
    provider = Provider()
    assert configure(provider, connections) == []
    plan = ask(provider, "PlanResourceChange", prior_state=None, proposed_new_state=JOHN, config=JOHN)
    assert said(plan) == []
    config = encode({"connection_name": None})
    read = provider.answer(
        "ReadDataSource", message("ReadDataSourceRequest", type_name="veeam_vbr_users", config=config)
    )
    answers = [
        *said(read),
        *said(ask(provider, "ReadResource", current_state={"id": "x", "connection": "vbr"})),
        *said(ask(provider, "ApplyResourceChange", prior_state=None, planned_state=JOHN, config=JOHN)),
    ]
    filters = message(
        "ListResourceRequest", type_name="veeam_vbr_user", config=encode({"connection_name": None}), limit=1
    )
    answers += [
        f"error : {one.summary}; " for event in provider.stream("ListResource", filters) for one in event.diagnostic
    ]
    assert len(answers) == 4
    assert all(line.startswith("error : connection vbr is not known yet; ") for line in answers), answers


def test_a_connection_that_the_run_has_to_find_out_can_be_planned_and_not_read(sim: Simulator) -> None:
    provider = Provider()
    assert configure(provider, {"vbr": {"url": UNKNOWN, "product": "vbr"}}) == []
    plan = ask(provider, "PlanResourceChange", prior_state=None, proposed_new_state=JOHN, config=JOHN)
    assert said(plan) == []
    (line,) = said(ask(provider, "ReadResource", current_state={"id": "x", "connection": "vbr"}))
    assert line.startswith("error : connection vbr is not known yet; Its settings come from something that this run")


def test_a_plan_announces_what_it_cannot_know(provider: Provider) -> None:
    plan = ask(provider, "PlanResourceChange", prior_state=None, proposed_new_state=JOHN, config=JOHN)
    planned = inside(decode(plan.planned_state))
    assert {name for name, value in planned.items() if value is UNKNOWN} == {
        "account_type",
        "custom_permissions",
        "id",
        "mfa_enabled",
        "resolved_name",
        "role_ids",
        "server",
    }
    assert (planned["connection"], planned["type"], planned["is_enabled"]) == ("vbr", "InternalUser", True)


@pytest.mark.parametrize("one", ALL, ids=[one.label for one in ALL])
def test_an_update_announces_no_more_than_what_may_follow_from_it(
    provider: Provider, one: Specimen, sim: Simulator
) -> None:
    sim.set(**one.knobs)
    name = type_name(one.kind)
    managed, needed = provider.managed[name], one.inputs(password=PASSWORD)
    config = {key: value for key, value in needed.items() if key in managed.attributes}
    asked = {"prior_state": None, "proposed_new_state": config, "config": config}
    planned = inside(decode(ask(provider, "PlanResourceChange", name, **asked).planned_state))
    made = ask(provider, "ApplyResourceChange", name, prior_state=None, planned_state=planned, config=config)
    assert [line for line in said(made) if line.startswith("error")] == []
    prior, now = inside(decode(made.new_state)), {**config, **one.changed}
    plan = ask(provider, "PlanResourceChange", name, prior_state=prior, proposed_new_state=now, config=now)
    assert said(plan) == []
    follows = {**managed.resource.follows, **{key: (of,) for key, of in managed.resource.derived.items()}}
    unknown = {key for key, value in inside(decode(plan.planned_state)).items() if value is UNKNOWN}
    assert unknown <= {key for key, of in follows.items() if {*of} & {*one.changed}}


@pytest.mark.parametrize(
    ("type_name", "config", "line"),
    [
        ("veeam_vbr_user", {**JOHN, "connection": "Vbr"}, "error connection_name: connection_name cannot be used; "
         "connection_name: must be lower-case letters, digits and `-`, a letter first"),
        ("veeam_aws_user", {"name": "ann", "password_wo": ""}, "error password_wo: password_wo cannot be used; "),
    ],
)  # fmt: skip
def test_a_mistake_is_called_as_it_stands_in_the_configuration(
    provider: Provider, type_name: str, config: dict[str, Any], line: str
) -> None:
    (told,) = said(ask(provider, "ValidateResourceConfig", type_name, config=config))
    assert told.startswith(line)


def test_a_create_names_the_write_only_form_of_what_it_lacks(provider: Provider) -> None:
    config = {"name": "ann", "role": "ReadOnlyUser"}
    asked = {"prior_state": None, "proposed_new_state": config, "config": config}
    (line,) = said(ask(provider, "PlanResourceChange", "veeam_azure_user", **asked))
    assert line.endswith(": set password_wo or password")


def test_a_connection_of_another_product_says_which_setting_is_wrong(sim: Simulator) -> None:
    provider = Provider()
    for block, fix in (
        (
            {"vbr": {"product": "em", "url": "https://vbr01"}},
            '`product = "vbr"` in connections.vbr of the provider block',
        ),
        (
            {"vbr": {"product": "em", "url": "https://e"}, "b": {"product": "vbr", "url": "https://b"}},
            '`connection_name = "b"`',
        ),
    ):
        assert configure(provider, block) == []
        (line,) = said(ask(provider, "PlanResourceChange", prior_state=None, proposed_new_state=JOHN, config=JOHN))
        assert fix in line


def test_a_value_that_means_the_same_keeps_the_states_spelling(provider: Provider) -> None:
    prior = created(provider)
    config = {"name": "tech\\JOHN", "roles": ["backup operator"]}
    plan = ask(provider, "PlanResourceChange", prior_state=prior, proposed_new_state=config, config=config)
    assert inside(decode(plan.planned_state)) == prior
    assert list(plan.requires_replace) == []


def test_what_is_unknown_and_replaces_is_planned_as_a_replacement(provider: Provider) -> None:
    prior = created(provider)
    config = {**JOHN, "name": UNKNOWN}
    plan = ask(provider, "PlanResourceChange", prior_state=prior, proposed_new_state=config, config=config)
    assert [path.steps[0].attribute_name for path in plan.requires_replace] == ["name"]


def test_a_write_only_value_that_is_not_known_yet_changes_nothing_under_the_same_version(provider: Provider) -> None:
    config = {"name": "ann", "password_wo": "Canary-Tf4-9rQx", "password_wo_version": 1}
    asked = {"prior_state": None, "proposed_new_state": config, "config": config}
    planned = inside(decode(ask(provider, "PlanResourceChange", "veeam_aws_user", **asked).planned_state))
    asked = {"prior_state": None, "planned_state": planned, "config": config}
    prior = inside(decode(ask(provider, "ApplyResourceChange", "veeam_aws_user", **asked).new_state))
    for version, same in ((1, True), (2, False)):
        later = {**config, "password_wo": UNKNOWN, "password_wo_version": version}
        asked = {"prior_state": prior, "proposed_new_state": later, "config": later}
        planned = inside(decode(ask(provider, "PlanResourceChange", "veeam_aws_user", **asked).planned_state))
        assert (planned == prior) == same


def test_state_of_an_older_release_is_taken_over(provider: Provider) -> None:
    given = {**created(provider), "gone_since": 1}
    del given["mfa_enabled"]
    raw = message("RawState", json=json.dumps(outside(given)).encode())
    answer = ask(provider, "UpgradeResourceState", version=0, raw_state=raw)
    assert said(answer) == []
    assert inside(decode(answer.upgraded_state)) == {**created_values(given), "mfa_enabled": None}


def test_an_object_of_another_provider_is_moved_by_its_id(provider: Provider, sim: Simulator) -> None:
    prior = created(provider)
    raw = message("RawState", json=json.dumps({"id": prior["id"], "login": "TECH\\john"}).encode())

    def move(source: str, state: Any = raw) -> Any:
        names = {"source_type_name": source, "target_type_name": "veeam_vbr_user", "source_state": state}
        return provider.answer("MoveResourceState", message("MoveResourceStateRequest", **names))

    moved = inside(decode(move("veeam_security_user").target_state))
    read = ask(provider, "ReadResource", current_state=moved)
    assert inside(decode(read.new_state)) == prior
    assert said(move("veeam_tape"))[0].startswith("error : veeam_tape cannot become veeam_vbr_user; What can be moved")
    assert said(move("veeam_security_user", message("RawState", json=b"{}")))[0].startswith("error : this veeam_sec")


def test_an_update_that_fails_leaves_the_state_as_it_was(provider: Provider, sim: Simulator) -> None:
    prior = created(provider)
    config = {**JOHN, "roles": ["No Such Role"]}
    plan = ask(provider, "PlanResourceChange", prior_state=prior, proposed_new_state=config, config=config)
    planned = inside(decode(plan.planned_state))
    answer = ask(provider, "ApplyResourceChange", prior_state=prior, planned_state=planned, config=config)
    assert inside(decode(answer.new_state)) == prior
    assert "the server has no role 'No Such Role'" in said(answer)[0]


def created(provider: Provider) -> dict[str, Any]:
    """The values of a user that was just made."""
    plan = ask(provider, "PlanResourceChange", prior_state=None, proposed_new_state=JOHN, config=JOHN)
    planned = inside(decode(plan.planned_state))
    answer = ask(provider, "ApplyResourceChange", prior_state=None, planned_state=planned, config=JOHN)
    assert said(answer) == []
    found: dict[str, Any] = inside(decode(answer.new_state))
    return found


def created_values(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name != "gone_since"}


def test_a_plan_that_deletes_more_than_a_run_may_warns_once(provider: Provider) -> None:
    configure(provider, {}, max_deletes="2")
    answers = []
    for number in range(4):
        prior = {**JOHN, "id": f"5d1c0b1e-6a57-4f8e-9d0a-0f6c1f0c7e1{number}", "server": "vbr01:9419"}
        answers += said(ask(provider, "PlanResourceChange", prior_state=prior, proposed_new_state=None, config=None))
    (warning,) = answers
    assert "more than 2 objects on the connection vbr would be deleted, and a run deletes at most 2" in warning
    configure(provider, {}, max_deletes="2")  # another walk counts anew
    assert said(ask(provider, "PlanResourceChange", prior_state=prior, proposed_new_state=None, config=None)) == []


def test_an_object_at_two_addresses_stays_whichever_is_asked_about_first(provider: Provider) -> None:
    prior = created(provider)
    going: dict[str, Any] = {"prior_state": prior, "proposed_new_state": None, "config": None}
    configure(provider, {})  # each walk begins with it
    assert said(ask(provider, "ImportResourceState", id=prior["id"])) == []
    (line,) = said(ask(provider, "PlanResourceChange", **going))
    assert "stays on its server: another address has it now" in line

    configure(provider, {})
    assert said(ask(provider, "PlanResourceChange", **going)) == []
    (line,) = said(ask(provider, "ImportResourceState", id=prior["id"]))
    assert "has two addresses, and the other one would be destroyed; It is one object" in line
    assert "`moved` block from the old address" in line
