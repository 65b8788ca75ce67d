"""What travels, beside what protobuf's own library makes of the same table."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import Message as Reference

from veeam_pulumi.terraform import messages
from veeam_pulumi.terraform.messages import MESSAGES, Message, message
from veeam_pulumi.terraform.provider import Provider

Proto = descriptor_pb2.FieldDescriptorProto


@cache
def references() -> dict[str, type[Reference]]:
    """The classes of protobuf's library, by name."""
    file = descriptor_pb2.FileDescriptorProto(name="t.proto", package="t", syntax="proto3")
    for name, one in MESSAGES.items():
        declared = file.message_type.add(name=name)
        for field in one.fields.values():
            add(declared, field.number, field.name, field.many, field.kind)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"t.{name}")) for name in MESSAGES}


def add(declared: Any, number: int, name: str, many: str, kind: str) -> None:
    if many == "%":
        entry = declared.nested_type.add(name=name.title().replace("_", "") + "Entry")
        entry.options.map_entry = True
        add(entry, 1, "key", "", "string")
        add(entry, 2, "value", "", kind)
        many, kind = "*", f"{declared.name}.{entry.name}"
    field = declared.field.add(name=name, number=number)
    field.label = Proto.LABEL_REPEATED if many else Proto.LABEL_OPTIONAL
    if kind[0].isupper():
        field.type, field.type_name = Proto.TYPE_MESSAGE, f".t.{kind}"
    else:
        field.type = getattr(Proto, f"TYPE_{kind.upper()}")
    if declared.name == "Step":  # one of the three, so that an empty one travels too
        if not declared.oneof_decl:
            declared.oneof_decl.add(name="selector")
        field.oneof_index = 0


def reference(one: Message) -> Reference:
    return references()[type(one).__name__].FromString(bytes(one))


PATH = [message("Step", attribute_name="connections"), message("Step", element_key_string="")]
SAMPLES = [
    message("Empty"),
    message("DynamicValue", msgpack=b"\xc0"),
    message("AttributePath", steps=[*PATH, message("Step", element_key_int=0), message("Step", element_key_int=-1)]),
    message("Diagnostic", severity=1, summary="ö" * 200, detail="", attribute=message("AttributePath", steps=PATH)),
    message("ListResourceRequest", type_name="t", include_resource_object=True, limit=1 << 40),
    message("StdioData", channel=-(1 << 31), data=b""),
    message("ImportResourceStateRequest", identity=message("Identity")),
    message("GetFunctionsResponse", functions={"a": message("Function"), "b": message("Function", summary="s")}),
]


@pytest.mark.parametrize("one", SAMPLES, ids=lambda one: type(one).__name__)
def test_both_write_the_same_and_read_what_the_other_wrote(one: Message) -> None:
    theirs = reference(one)
    assert theirs.SerializeToString(deterministic=True) == bytes(one)
    assert type(one).read(theirs.SerializeToString()) == one


def test_the_whole_schema_is_the_same_for_both() -> None:
    whole = Provider().answer("GetProviderSchema", message("Empty"))
    theirs: Any = reference(whole)
    assert len(theirs.SerializeToString()) == len(bytes(whole))  # protobuf sorts the names of a map otherwise
    assert MESSAGES["GetProviderSchemaResponse"].read(theirs.SerializeToString()) == whole
    assert {*theirs.resource_schemas} == {*whole.resource_schemas}


def test_what_nobody_set_reads_as_empty() -> None:
    one = message("ImportResourceStateRequest", type_name="t")
    assert (one.id, one.identity.identity_data.msgpack, one.has("identity")) == ("", b"", False)
    assert message("ListResourceRequest").include_resource_object is False
    assert message("Diagnostic").severity == 0
    with pytest.raises(AttributeError):
        _ = one.nothing_of_the_kind


def test_what_the_table_lacks_is_skipped() -> None:
    known = bytes(message("DynamicValue", msgpack=b"x"))
    for unknown in (b"\x78\x05", b"\x7a\x03abc", b"\x79" + b"\0" * 8, b"\x7d" + b"\0" * 4):  # field 15 in each form
        assert MESSAGES["DynamicValue"].read(unknown + known + unknown).msgpack == b"x"


@pytest.mark.parametrize(
    "data",
    [b"\x0a", b"\x0a\x05ab", b"\x0a" + b"\xff" * 11, b"\x0b", b"\x08\x01", b"\x7d\0"],
    ids=["no length", "cut off", "no end", "a group", "a number for bytes", "half a number"],
)
def test_what_is_no_message_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"cut off|form|kind"):
        MESSAGES["DynamicValue"].read(data)


def test_every_kind_of_the_table_is_known() -> None:
    kinds = {field.kind for one in MESSAGES.values() for field in one.fields.values()}
    assert {kind for kind in kinds if kind not in MESSAGES} <= {"int32", "int64", "bool", "string", "bytes"}
    assert [name for name in MESSAGES if not re.fullmatch(r"\w+", name)] == []
    assert {*messages.CALLS} & {*messages.STREAMS} == set()
