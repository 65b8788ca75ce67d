"""Where the settings of a connection come from, and what is said about wrong ones."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any, get_type_hints
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given, strategies

from veeam_pulumi import vocabulary
from veeam_pulumi.errors import SettingsError
from veeam_pulumi.products import sessions
from veeam_pulumi.products.vbr.settings import VbrSettings
from veeam_pulumi.products.vspc.settings import VspcSettings
from veeam_pulumi.server.connections import Connections, is_plain, is_taken
from veeam_pulumi.server.settings import Connection, Settings

VBR = {"product": "vbr", "url": "https://vbr01:9419", "username": "svc", "password": "pa55word"}


def connections(config: Any = None, environ: dict[str, str] | None = None, **more: Any) -> Connections:
    return Connections(config, sessions=sessions(), warn=lambda message: None, environ=environ or {}, **more)


def connection(environ: dict[str, str] | None = None, name: str = "vbr", **changes: Any) -> Connection:
    return connections({"vbr": {**VBR, **changes}}, environ).get(name)


def settings(environ: dict[str, str] | None = None, name: str = "vbr", **changes: Any) -> Settings:
    return connection(environ, name, **changes).settings


def test_settings_from_config_with_their_defaults() -> None:
    assert connection().name == "vbr"
    assert connection().secret().get_secret_value() == "pa55word"
    found = settings()
    assert (found.product, found.url, found.username) == ("vbr", "https://vbr01:9419", "svc")
    assert (found.timeout, found.deadline, found.concurrency) == (30, 600, 4)
    assert (found.api_version, found.aliases) == ("auto", ())


def test_structured_config_arrives_as_json_text_with_numbers_as_text() -> None:
    found = connections(json.dumps({"vbr": {**VBR, "timeout": "5", "concurrency": 2.0}})).get("vbr").settings
    assert (found.timeout, found.concurrency) == (5, 2)


def test_the_environment_wins() -> None:
    environ = {
        "VEEAM_VBR_URL": "https://other:1",
        "VEEAM_VBR_PASSWORD": "from-env",
        "VEEAM_VBR_TIMEOUT": "7",
        "VEEAM_VBR_ALIASES": "old, older",
        "VEEAM_VBR_TLS_CA_FILE": "ca.pem",
    }
    assert connection(environ).secret().get_secret_value() == "from-env"
    found = settings(environ, tls={"thumbprint": "AB" * 20})
    assert (found.url, found.timeout) == ("https://other:1", 7)
    assert found.aliases == ("old", "older")
    assert (found.tls.ca_file, found.tls.thumbprint) == ("ca.pem", None)


@pytest.mark.parametrize("order", [1, -1])
def test_a_pin_from_the_environment_counts_beside_a_ca_whichever_was_set_first(order: int) -> None:
    """Pipelines set variables that are empty."""
    environ = dict([("VEEAM_VBR_TLS_CA_FILE", ""), ("VEEAM_VBR_TLS_THUMBPRINT", "AB" * 20)][::order])
    assert settings(environ, tls={"ca_file": "ca.pem"}).tls.thumbprint == "AB" * 20


def test_a_connection_from_the_environment_alone() -> None:
    environ = {
        "VEEAM_VBR_URL": "https://a:1",
        "VEEAM_VBR_PROD_URL": "https://b:2",
        "VEEAM_VBR_PROD_PRODUCT": "vbr",
        "VEEAM_VBR_PROD_TLS_THUMBPRINT": "ab:" * 19 + "ab",
    }
    known = connections(None, environ)
    assert known.names == ["vbr", "vbr-prod"]
    assert known.get("vbr").settings.url == "https://a:1"
    assert known.get("vbr-prod").settings.tls.thumbprint == "AB" * 20


def test_a_variable_belongs_to_the_longest_name_that_fits() -> None:
    config = {"vbr": VBR, "vbr-tls": {**VBR, "url": "https://c:3"}}
    environ = {"VEEAM_VBR_TLS_CA_FILE": "for-vbr.pem", "VEEAM_VBR_TLS_TLS_CA_FILE": "for-vbr-tls.pem"}
    known = connections(config, environ)
    assert known.get("vbr").settings.tls.ca_file == "for-vbr.pem"
    assert known.get("vbr-tls").settings.tls.ca_file == "for-vbr-tls.pem"


def test_variables_of_others_do_not_count() -> None:
    environ = {"VEEAM_LOG": "info", "VEEAM_MAX_DELETES": "3", "VEEAM_LOG_FORMAT": "json", "VEEAM_HOME": "/opt"}
    assert connections({"vbr": VBR}, environ).names == ["vbr"]


def test_passwords_from_a_variable_or_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOOR_PASSWORD", "from-env")
    by_env = {**VBR, "password": None, "password_env": "DOOR_PASSWORD"}
    assert connections({"vbr": by_env}).get("vbr").secret().get_secret_value() == "from-env"
    (tmp_path / "secret.txt").write_text("from file\r\n")
    by_file = {**VBR, "password": None, "password_file": "secret.txt"}
    known = connections({"vbr": by_file}, folder=tmp_path)
    assert known.get("vbr").secret().get_secret_value() == "from file"


def test_an_alias_serves_the_old_name() -> None:
    known = connections({"vbr-prod": {**VBR, "aliases": ["vbr", "vbr-old"]}})
    assert known.get("vbr-old").name == "vbr-prod"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://vbr01", "https://vbr01:9419"),
        ("https://vbr01/", "https://vbr01:9419"),
        ("https://VBR01:443", "https://vbr01:443"),
        ("https://[fd00::1]:9419", "https://[fd00::1]:9419"),
    ],
)
def test_urls_get_the_products_port(url: str, expected: str) -> None:
    assert settings(url=url).url == expected


HOSTS = strategies.from_regex(r"\Ahttps://[a-z0-9A-Z.-]{0,70}(:[0-9]{0,6})?/?\Z")


@given(HOSTS)
@example("https://vbr01.example.com:9419")
@example("https://10.0.0.5/")
@example("https://xn--a.example")
@example("https://1.2.3.999")
@example("https://a:65536")
def test_a_plain_url_is_one_that_the_client_takes(url: str) -> None:
    if is_plain(url):
        assert urlsplit(url).hostname
        with contextlib.suppress(ValueError):  # a port out of range is said before
            assert urlsplit(url).port is None or is_taken(url)


def test_usual_urls_are_plain() -> None:
    usual = ("vbr01", "VBR01.example.com:9419", "10.0.0.5:443/", "127.0.0.1:40001", "a-b.c9", "9.example.com")
    assert all(is_plain(f"https://{one}") for one in usual)
    unusual = ("xn--a.example", "a_b", "1.2.3.999", "-a", "a..b", "a.", "[::1]", "ä.example", "u@h", "h/p", "h?q", "1")
    assert not any(is_plain(f"https://{one}") for one in unusual)


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        (
            {"url": "http://vbr01:9419"},
            "its url must start with https:// (http:// would send credentials in plain text)",
        ),
        ({"url": "vbr01:9419"}, "its url must start with https://"),
        ({"url": "https://vbr01:port"}, "its url is malformed"),
        ({"url": "https://vbr 01"}, "its url is malformed"),
        ({"url": "https://vbr..local"}, "its url is malformed"),
        ({"url": f"https://{'v' * 64}.local"}, "its url is malformed"),
        ({"url": "https://xn--zzzzz--.local"}, "its url is malformed"),
        ({"url": "https://vbr01:65536"}, "its url is malformed"),
        ({"proxy": "proxy:8080"}, "connection vbr: proxy: "),
        ({"url": "https://user:pw@vbr01:9419"}, "its url must be https://HOST[:PORT] and nothing else"),
        ({"url": "https://vbr01:9419/api"}, "its url must be https://HOST[:PORT] and nothing else"),
        ({"url": None}, "connection vbr: it has no url"),
        ({"product": "tape"}, "product 'tape' is not known"),
        ({"pasword": "x"}, "there is no setting 'pasword', did you mean password?"),
        ({"colour": "x"}, "there is no setting 'colour' (settings are aliases, api, api_version, "),
        ({"api": "soap"}, "api: must be one of auto, security, users"),
        ({"timeout": "soon"}, "timeout: "),
        ({"tls": {"thumbprint": "12"}}, "tls.thumbprint: a thumbprint has 40 (SHA-1) or 64 (SHA-256) hex digits"),
        ({"tls": {"ca_file": "a", "insecure": True}}, "tls.ca_file and tls.insecure are both set"),
        ({"password_env": "X"}, "password and password_env are both set"),
    ],
)
def test_a_wrong_setting_is_named_with_the_command_that_mends_it(changes: dict[str, Any], cause: str) -> None:
    with pytest.raises(SettingsError) as caught:
        settings(**changes)
    text = str(caught.value)
    assert cause in text
    assert "pulumi config" in text or "keep one of them" in text
    assert "pa55word" not in text


@pytest.mark.parametrize(
    ("changes", "cause", "command"),
    [
        (
            {"password": None},
            "it has no password",
            "pulumi config set --path --secret 'veeam:connections.vbr.password'",
        ),
        (
            {"password": None, "password_env": "NOT_SET"},
            "the environment variable NOT_SET (its password_env) is not set",
            "set the environment variable NOT_SET",
        ),
        (
            {"password": None, "password_file": "/does/not/exist"},
            "its password_file cannot be read",
            "'veeam:connections.vbr.password_file'",
        ),
    ],
)
def test_a_missing_password(changes: dict[str, Any], cause: str, command: str) -> None:
    with pytest.raises(SettingsError) as caught:
        connection(**changes).secret()
    assert cause in str(caught.value)
    assert command in str(caught.value)


def test_an_error_about_a_setting_says_what_to_do_where_the_settings_may_be_those_of_the_last_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(SettingsError) as caught:
        connection(username=None).user()
    assert caught.value.fix == "set username with `pulumi config set --path 'veeam:connections.vbr.username' NAME`"
    monkeypatch.setattr(vocabulary.head, "changed", "changed? set {variable}")
    with pytest.raises(SettingsError, match=r"username' NAME` \(changed\? set VEEAM_VBR_USERNAME\)"):
        connection(username=None).user()


def test_a_missing_connection_says_how_to_add_rename_or_forget_it() -> None:
    with pytest.raises(SettingsError) as caught:
        settings(name="vbr-old")
    text = str(caught.value)
    assert "there is no connection 'vbr-old', did you mean 'vbr'? (known: vbr)" in text
    for part in ("connections.vbr-old.url", "connections.NEW-NAME.aliases[0]' vbr-old", "pulumi state delete"):
        assert part in text


def test_the_wrong_product_says_which_connection_would_fit() -> None:
    known = connections({"vbr": VBR, "aws-one": {**VBR, "product": "aws"}})
    with pytest.raises(SettingsError, match="connection vbr is of product vbr, .*needs aws; use connection='aws-one'"):
        known.get("vbr", "aws")
    with pytest.raises(SettingsError, match="needs vbr; set url with .*connections.vbr.url"):
        connections({"one": {**VBR, "product": "aws"}}).get("one", "vbr")


@pytest.mark.parametrize("name", ["Vbr", "1vbr", "max", "log", "vbr_prod"])
def test_a_name_that_cannot_be_one(name: str) -> None:
    with pytest.raises(SettingsError, match="cannot be the name of a connection"):
        connections({name: VBR}).get(name)


@pytest.mark.parametrize("config", ["[1]", "not json", [1], "7"])
def test_config_that_is_no_map(config: Any) -> None:
    with pytest.raises(SettingsError, match="veeam:connections is not a map"):
        connections(config)
    with pytest.raises(SettingsError, match="connection vbr is not a map"):
        connections({"vbr": "https://vbr01"}).get("vbr")


def test_two_names_that_the_environment_cannot_tell_apart() -> None:
    with pytest.raises(SettingsError, match="'vbr-a' and 'vbr_a' have the same environment variables"):
        connections({"vbr-a": VBR, "vbr_a": VBR})


def test_a_misspelt_variable_is_an_error_because_it_would_be_ignored() -> None:
    with pytest.raises(SettingsError, match="did you mean VEEAM_VBR_PASSWORD"):
        connections({"vbr": VBR}, {"VEEAM_VBR_PASSWROD": "x"})


def test_insecure_only_where_a_review_sees_it() -> None:
    with pytest.raises(SettingsError, match=r"tls\.insecure cannot be set by the environment"):
        connections({"vbr": VBR}, {"VEEAM_VBR_TLS_INSECURE": "true"})


def test_settings_do_not_show_their_secrets() -> None:
    key = connections({"vspc": {"url": "https://vspc01", "token": "t0ken-value"}}).get("vspc").settings
    found = settings()
    assert "pa55word" not in repr(found) + str(found)
    assert "t0ken-value" not in repr(key) + str(key)


def test_a_setting_of_another_product_says_whose_it_is() -> None:
    cases: list[tuple[str, Any, str]] = [("token", "x", "vspc"), ("read_only", True, "vspc"), ("format", "xml", "em")]
    for key, value, owner in cases:
        with pytest.raises(SettingsError) as caught:
            connections({"vbr": {**VBR, key: value}}).get("vbr")
        assert f"connection vbr: {key} is a setting of {owner}, not of vbr" in str(caught.value)
        assert f"pulumi config rm --path 'veeam:connections.vbr.{key}'" in str(caught.value)
    with pytest.raises(SettingsError, match="em: api is a setting of vbr, not of em; remove the variable VEEAM_EM_API"):
        connections({"em": {"url": "https://em01"}}, {"VEEAM_EM_API": "users"}).get("em")


def test_a_product_knows_its_own_settings_alone() -> None:
    found = connections({"vbr": VBR, "em": {"url": "https://em01"}}, {"VEEAM_VBR_API": "users"})
    settings = found.get("vbr").settings
    assert isinstance(settings, VbrSettings)
    assert settings.api == "users"
    with pytest.raises(SettingsError, match="there is no setting 'apii', did you mean api"):
        connections({"vbr": {**VBR, "apii": "x"}}).get("vbr")
    with pytest.raises(SettingsError, match=r"there is no setting 'formt' \(settings are aliases, api, api_version, c"):
        connections({"vbr": {**VBR, "formt": "xml"}}).get("vbr")
    with pytest.raises(SettingsError, match="there is no setting 'formt', did you mean format"):
        connections({"em": {"url": "https://em01", "formt": "xml"}}).get("em")
    with pytest.raises(SettingsError, match="connection vbr: api: must be one of auto, security, users"):
        connections({"vbr": {**VBR, "api": "old"}}).get("vbr")
    with pytest.raises(SettingsError, match="connection lab: product 'vbrr' is not known"):
        connections({"lab": {**VBR, "product": "vbrr", "api": "users"}}).get("lab")


@pytest.mark.parametrize("product", sessions())
def test_a_session_gets_the_settings_that_its_product_declares(product: str) -> None:
    session = sessions()[product]
    assert get_type_hints(session).get("settings", Settings) is session.settings_model


def test_a_default_of_one_product_holds_for_its_connections() -> None:
    config = {"vbr": VBR, "em": {"url": "https://em01"}}
    found = connections(config, defaults={"api": "users", "timeout": 7})
    vbr, em = found.get("vbr").settings, found.get("em").settings
    assert isinstance(vbr, VbrSettings)
    assert (vbr.api, vbr.timeout, em.timeout) == ("users", 7, 7)


def test_an_api_key_stands_instead_of_a_password() -> None:
    vspc = {"url": "https://vspc01", "username": "svc", "password": "pa55word"}
    with pytest.raises(SettingsError, match="password and token are both set"):
        connections({"vspc": {**vspc, "token": "Api-Key-1"}}).get("vspc")
    found = connections({"vspc": vspc}, {"VEEAM_VSPC_TOKEN": "Api-Key-1"}).get("vspc").settings
    assert isinstance(found, VspcSettings)
    assert (found.password, found.token and found.token.get_secret_value()) == (None, "Api-Key-1")
    assert found.url == "https://vspc01:1280"


def test_a_ca_file_that_cannot_be_used(tmp_path: Path) -> None:
    for name, text in (("missing.pem", None), ("garbage.pem", "no certificate")):
        if text:
            (tmp_path / name).write_text(text)
        known = connections({"vbr": {**VBR, "tls": {"ca_file": name}}}, folder=tmp_path)
        with pytest.raises(SettingsError, match=f"its tls.ca_file {name} cannot be used"):
            known.open("vbr", "vbr")


def test_one_live_session_per_connection() -> None:
    known = connections({"vbr": {**VBR, "aliases": ["old"]}})
    assert known.open("vbr", "vbr") is known.open("old", "vbr")
    known.close()


@pytest.mark.parametrize(
    ("environment", "config", "limit"),
    [
        (None, None, 25),
        (None, "40", 40),
        (None, "40.0", 40),
        (None, "none", None),
        ("None", "3", None),
        ("7", "none", 7),
        (" 0 ", None, 0),
        ("", "3", 3),
    ],
)
def test_how_many_objects_a_run_may_delete(environment: str | None, config: str | None, limit: int | None) -> None:
    environ = {} if environment is None else {"VEEAM_MAX_DELETES": environment}
    found = connections({"vbr": VBR, "vbr-lab": VBR}, environ, max_deletes=config)
    assert [found.get(name).most_deletes for name in found.names] == [limit, limit]


@pytest.mark.parametrize("text", ["all", "-1", "2.5", "1e3", "25 users"])
def test_a_limit_that_is_none(text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        connections({"vbr": VBR}, max_deletes=text)
    assert str(caught.value) == (
        f"veeam:maxDeletes (or VEEAM_MAX_DELETES) is {text!r}, neither a number nor none; "
        "`pulumi config set veeam:maxDeletes 25`"
    )


@pytest.mark.parametrize("key", ["max_deletes", "name", "folder"])
def test_what_is_known_of_a_connection_but_no_setting_of_it(key: str) -> None:
    with pytest.raises(SettingsError) as caught:
        connections({"vbr": {**VBR, key: "5"}}).get("vbr")
    assert f"there is no setting '{key}'" in str(caught.value)
    assert f"`pulumi config rm --path 'veeam:connections.vbr.{key}'`" in str(caught.value)


def test_defaults_hold_for_every_connection_that_does_not_say_otherwise() -> None:
    common = {"product": "vbr", "username": r"LAB\svc", "password": "of-all-2026", "tls": {"ca_file": "all.pem"}}
    config = {
        "vbr01": {"url": "https://vbr01:9419"},
        "vbr02": {"url": "https://vbr02:9419", "password_env": "OWN", "tls": {"thumbprint": "ab" * 32}},
        "em": {"url": "https://em01:9398"},
    }
    known = Connections(config, sessions=sessions(), warn=lambda text: None, environ={}, defaults=json.dumps(common))
    first, second, em = (known.get(name).settings for name in ("vbr01", "vbr02", "em"))
    assert (first.product, first.username, first.tls.ca_file) == ("vbr", r"LAB\svc", "all.pem")
    assert first.password is not None
    assert (second.password, second.password_env, second.tls.ca_file) == (None, "OWN", None)
    assert em.product == "em"


@pytest.mark.parametrize(
    ("defaults", "said"),
    [
        ({"url": "https://vbr01:9419"}, "the defaults of connections cannot have url"),
        ({"usrname": "x"}, "the defaults of connections cannot have usrname"),
        ("[]", "the defaults of connections are not a map of settings"),
    ],
)
def test_defaults_that_cannot_be(defaults: Any, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        Connections({}, sessions=sessions(), warn=lambda text: None, environ={}, defaults=defaults)
