"""tenants.csv: what it says, and everything that can be wrong with it, in one run."""

from __future__ import annotations

from pathlib import Path

import pytest

from veeam_pulumi.access import tenants
from veeam_pulumi.access.located import Mistaken

HEAD = "company,organization_uid,user_name,first_name,last_name,email,role,status\n"
ALPHA, BETA = "79817d6d-4b00-4e22-b673-8758f02fa0ef", "5b0d3c58-6f0e-4f2b-9d3b-2c1f4c9a7e22"
SMITH = f"Alpha,{ALPHA},s.smith,Stan,Smith,s.smith@alpha.example.com,CompanyAdministrator,Enabled\n"


def read(folder: Path, text: str | bytes) -> tuple[tenants.Company, ...]:
    file = folder / "tenants.csv"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return tenants.read(file)


def mistakes(folder: Path, text: str | bytes) -> list[str]:
    with pytest.raises(Mistaken) as caught:
        read(folder, text)
    return list(caught.value.mistakes)


def test_rows_become_companies_with_their_users(tmp_path: Path) -> None:
    roe = f"Beta,{BETA},r.roe,Richard,,,CompanyLocationUser,Disabled\n"
    jones = f"Alpha,{ALPHA},m.jones,,,,CompanyInvoiceAuditor,\n"
    alpha, beta = read(tmp_path, HEAD + SMITH + roe + jones)
    assert (alpha.name, alpha.organization_uid) == ("Alpha", ALPHA)
    assert [(one.line, one.user_name, one.role, one.status) for one in alpha.users] == [
        (2, "s.smith", "CompanyAdministrator", "Enabled"),
        (4, "m.jones", "CompanyInvoiceAuditor", "Enabled"),
    ]
    assert alpha.users[0].profile == {"first_name": "Stan", "last_name": "Smith", "email": "s.smith@alpha.example.com"}
    assert alpha.users[1].profile == {}
    assert beta.users == (tenants.User(3, "r.roe", "Richard", "", "", "CompanyLocationUser", "Disabled"),)


def test_the_column_status_may_be_missing_and_columns_may_stand_in_any_order(tmp_path: Path) -> None:
    head = "role,user_name,company,organization_uid,email,last_name,first_name\n"
    (alpha,) = read(tmp_path, f"{head}CompanyAdministrator,s.smith,Alpha,{ALPHA},,Smith,Stan\n")
    assert alpha.users == (tenants.User(2, "s.smith", "Stan", "Smith", "", "CompanyAdministrator"),)


@pytest.mark.parametrize(
    "text",
    [
        ("\ufeff" + HEAD + SMITH).encode(),
        (HEAD + SMITH).replace(",", ";"),
        (HEAD + SMITH).replace("\n", "\r\n"),
        (HEAD + SMITH).replace(",", " , "),
        HEAD + "\n,,,,,,,\n" + SMITH + "\n",
        HEAD + SMITH.replace("Smith", '"Smith"'),
    ],
    ids=["byte-order mark", "semicolons", "Windows lines", "blanks", "empty rows", "quotes"],
)
def test_files_of_spreadsheets_are_taken_as_they_are(tmp_path: Path, text: str | bytes) -> None:
    (alpha,) = read(tmp_path, text)
    assert [(alpha.name, one.user_name, one.last_name, one.status) for one in alpha.users] == [
        ("Alpha", "s.smith", "Smith", "Enabled")
    ]


def test_two_spellings_of_one_letter_are_one_user(tmp_path: Path) -> None:
    rows = (f"Alpha,{ALPHA},jos{letter},,,,CompanyAdministrator,Enabled" for letter in ("\u00e9", "e\u0301"))
    assert mistakes(tmp_path, HEAD + "\n".join(rows)) == [
        "tenants.csv:3: user_name: 'jose\u0301' of this company is in line 2 already"
    ]


def test_every_mistake_is_found_at_once_with_its_line_and_what_is_allowed(tmp_path: Path) -> None:
    rows = [
        SMITH,
        f"Alpha,{ALPHA},S.Smith,Sam,Smith,sam@alpha.example.com,CompanyAdministrator,Enabled",
        f"alpha,{ALPHA},a.one,,,,CompanyAdministrator,Enabled",
        f"Alpha,{BETA},a.two,,,,CompanyAdministrator,Enabled",
        ",,,,,,,Enabled",
        "Gamma,no-uid,g.one,,,,CompanyAdministrator,Enabled",
        f"Beta,{BETA},b.one,,,at home,PortalAdministrator,enabled",
        f"Beta,{BETA},b.two,Bea,Two, Esq.,b.two@beta.example.com,CompanyAdministrator,Enabled",
        f"Beta,{BETA},b::three,,,,CompanyAdministrator,Enabled",
        f"Beta,{BETA},b.four,{'x' * 2049},,,CompanyAdministrator,Enabled",
        f'Beta,{BETA},b.five,"two\nlines",,,CompanyBoss,Enabled',
    ]
    found = mistakes(tmp_path, HEAD + "\n".join(row.rstrip("\n") for row in rows))
    roles = (
        "CompanyAdministrator, CompanyLocationAdministrator, CompanyLocationUser, CompanySubtenant, "
        "CompanyInvoiceAuditor"
    )
    assert found == [
        "tenants.csv:3: user_name: 'S.Smith' of this company is in line 2 already",
        "tenants.csv:4: company: line 2 calls this organization 'Alpha', write it the same",
        f"tenants.csv:5: organization_uid: Alpha has {ALPHA} in line 2; a company has one",
        "tenants.csv:6: company: may not be empty",
        "tenants.csv:6: organization_uid: may not be empty",
        "tenants.csv:6: user_name: may not be empty",
        "tenants.csv:6: role: may not be empty",
        "tenants.csv:7: organization_uid: must be a UUID such as 79817d6d-4b00-4e22-b673-8758f02fa0ef",
        f"tenants.csv:8: role: unknown role 'PortalAdministrator' of a company's user; known roles: {roles}",
        "tenants.csv:8: email: 'at home' is not like name@example.com, whose last part has two to six letters",
        "tenants.csv:8: status: must be one of 'Enabled', 'Disabled'; did you mean 'Enabled'?",
        "tenants.csv:9: has 9 cells, the head has 8; a cell with a comma or a quote in it needs quotes",
        "tenants.csv:10: company, user_name: '::' is not possible in the names of a stack's resources",
        "tenants.csv:11: profile: first_name: must have at most 2048 characters",
        f"tenants.csv:12: role: unknown role 'CompanyBoss' of a company's user; known roles: {roles}",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["the file is empty; its first line is company,organization_uid,"]),
        (b"\xff\xfe\x00", ["the file is not UTF-8 text"]),
        (
            HEAD.replace("role", "rolle").replace("email", "company") + SMITH,
            [
                "duplicate column 'company'",
                "there is no column 'email'",
                "there is no column 'role'",
                "unknown column 'rolle'; known columns: company, organization_uid,",
            ],
        ),
        (HEAD + 'Alpha,"never closed\n' + SMITH, ["has 2 cells, the head has 8"]),
    ],
)
def test_a_file_that_is_no_table_of_tenants(tmp_path: Path, text: str | bytes, expected: list[str]) -> None:
    found = sorted(set(mistakes(tmp_path, text)))
    assert len(found) == len(expected)
    for line, part in zip(found, expected, strict=True):
        assert part in line


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Mistaken, match=r"^tenants.csv:1: the file cannot be read: No such file or directory$"):
        tenants.read(tmp_path / "tenants.csv")


MORE = HEAD.replace("status", "status,adopt,password")


def test_who_is_adopted_keeps_what_the_row_does_not_say(tmp_path: Path) -> None:
    ((smith,),) = [
        one.users for one in read(tmp_path, MORE + f"Alpha,{ALPHA},s.smith,,,,CompanyAdministrator,,true,\n")
    ]
    assert (smith.adopts, smith.status, smith.profile, smith.password) == (True, "", {}, "")


@pytest.mark.parametrize(
    ("cells", "mistake"),
    [
        ("yes,", "adopt: must be true, false or empty"),
        ("true,generated", "password: beside adopt a user keeps their password"),
        ("true,config", "password: beside adopt a user keeps their password"),
        (",keep", "password: keep is for users that are adopted: write generated or config"),
        (",Hunter2-x", "password: must be generated, config or keep; a password itself never stands here"),
    ],
)
def test_adopt_and_password_of_a_row(tmp_path: Path, cells: str, mistake: str) -> None:
    (said,) = mistakes(tmp_path, MORE + f"Alpha,{ALPHA},s.smith,,,,CompanyAdministrator,,{cells}\n")
    assert mistake in said
    assert "Hunter2" not in said
