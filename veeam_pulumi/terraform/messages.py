"""The messages of Terraform's plugin protocol 6 (6.11) that a provider needs, and go-plugin's own two.

Written and read by this table: protobuf's own library costs a third as much to load as all else that serves a schema,
and ties its generated code to one version. A field is `number name type`; `*` before a type says repeated, `%` a map
from string. What is not here is skipped on reading.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

_TABLE = """
Empty
StdioData: 1 channel int32; 2 data bytes

DynamicValue: 1 msgpack bytes; 2 json bytes
Step: 1 attribute_name string; 2 element_key_string string; 3 element_key_int int64
AttributePath: 1 steps *Step
Diagnostic: 1 severity int32; 2 summary string; 3 detail string; 4 attribute AttributePath
RawState: 1 json bytes

Object: 1 attributes *Attribute; 3 nesting int32
Attribute: 1 name string; 2 type bytes; 3 description string; 4 required bool; 5 optional bool; 6 computed bool; \
7 sensitive bool; 8 description_kind int32; 10 nested_type Object; 11 write_only bool
Block: 1 version int64; 2 attributes *Attribute; 4 description string; 5 description_kind int32
Schema: 1 version int64; 2 block Block
ServerCapabilities: 1 plan_destroy bool; 2 get_provider_schema_optional bool; 3 move_resource_state bool; \
4 generate_resource_config bool
IdentityAttribute: 1 name string; 2 type bytes; 3 required_for_import bool; 4 optional_for_import bool; \
5 description string
IdentitySchema: 1 version int64; 2 identity_attributes *IdentityAttribute
Identity: 1 identity_data DynamicValue
TypeName: 1 type_name string
Function: 1 summary string

GetMetadata.Response: 1 server_capabilities ServerCapabilities; 2 diagnostics *Diagnostic; 3 data_sources *TypeName; \
4 resources *TypeName; 7 list_resources *TypeName
GetProviderSchema.Response: 1 provider Schema; 2 resource_schemas %Schema; 3 data_source_schemas %Schema; \
4 diagnostics *Diagnostic; 6 server_capabilities ServerCapabilities; 9 list_resource_schemas %Schema
GetResourceIdentitySchemas.Response: 1 identity_schemas %IdentitySchema; 2 diagnostics *Diagnostic
UpgradeResourceIdentity.Request: 1 type_name string; 2 version int64; 3 raw_identity RawState
UpgradeResourceIdentity.Response: 1 upgraded_identity Identity; 2 diagnostics *Diagnostic
GetFunctions.Response: 1 functions %Function; 2 diagnostics *Diagnostic
ValidateProviderConfig.Request: 1 config DynamicValue
ValidateProviderConfig.Response: 2 diagnostics *Diagnostic
ConfigureProvider.Request: 1 terraform_version string; 2 config DynamicValue
ConfigureProvider.Response: 1 diagnostics *Diagnostic
StopProvider.Response: 1 Error string
ValidateResourceConfig.Request: 1 type_name string; 2 config DynamicValue
ValidateResourceConfig.Response: 1 diagnostics *Diagnostic
ValidateDataResourceConfig.Request: 1 type_name string; 2 config DynamicValue
ValidateDataResourceConfig.Response: 1 diagnostics *Diagnostic
UpgradeResourceState.Request: 1 type_name string; 2 version int64; 3 raw_state RawState
UpgradeResourceState.Response: 1 upgraded_state DynamicValue; 2 diagnostics *Diagnostic
ReadResource.Request: 1 type_name string; 2 current_state DynamicValue; 3 private bytes
ReadResource.Response: 1 new_state DynamicValue; 2 diagnostics *Diagnostic; 3 private bytes; 5 new_identity Identity
PlanResourceChange.Request: 1 type_name string; 2 prior_state DynamicValue; 3 proposed_new_state DynamicValue; \
4 config DynamicValue; 5 prior_private bytes
PlanResourceChange.Response: 1 planned_state DynamicValue; 2 requires_replace *AttributePath; 3 planned_private bytes; \
4 diagnostics *Diagnostic; 7 planned_identity Identity
ApplyResourceChange.Request: 1 type_name string; 2 prior_state DynamicValue; 3 planned_state DynamicValue; \
4 config DynamicValue; 5 planned_private bytes
ApplyResourceChange.Response: 1 new_state DynamicValue; 2 private bytes; 3 diagnostics *Diagnostic; \
5 new_identity Identity
ImportResourceState.Request: 1 type_name string; 2 id string; 4 identity Identity
ImportedResource: 1 type_name string; 2 state DynamicValue; 3 private bytes; 4 identity Identity
ImportResourceState.Response: 1 imported_resources *ImportedResource; 2 diagnostics *Diagnostic
MoveResourceState.Request: 1 source_provider_address string; 2 source_type_name string; 3 source_schema_version int64; \
4 source_state RawState; 5 target_type_name string; 6 source_private bytes
MoveResourceState.Response: 1 target_state DynamicValue; 2 diagnostics *Diagnostic; 3 target_private bytes; \
4 target_identity Identity
GenerateResourceConfig.Request: 1 type_name string; 2 state DynamicValue
GenerateResourceConfig.Response: 1 config DynamicValue; 2 diagnostics *Diagnostic
ValidateListResourceConfig.Request: 1 type_name string; 2 config DynamicValue
ValidateListResourceConfig.Response: 1 diagnostics *Diagnostic
ListResource.Request: 1 type_name string; 2 config DynamicValue; 3 include_resource_object bool; 4 limit int64
ListResource.Event: 1 identity Identity; 2 display_name string; 3 resource_object DynamicValue; \
4 diagnostic *Diagnostic
ReadDataSource.Request: 1 type_name string; 2 config DynamicValue
ReadDataSource.Response: 1 state DynamicValue; 2 diagnostics *Diagnostic
"""
_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5
_SCALARS: dict[str, Any] = {"int32": 0, "int64": 0, "bool": False, "string": "", "bytes": b""}


class Field(NamedTuple):
    """One line of a message in the table."""

    number: int
    name: str
    kind: str
    many: str
    """`*` a list, `%` a map, nothing: one."""

    @property
    def empty(self) -> Any:
        """What it reads as where nobody set it."""
        if self.many:
            return [] if self.many == "*" else {}
        return _SCALARS[self.kind] if self.kind in _SCALARS else MESSAGES[self.kind]()


class Message:
    """A message of the table. What nobody set reads as empty; `has` tells whether somebody did."""

    fields: ClassVar[dict[str, Field]]
    by_number: ClassVar[dict[int, Field]]

    def __init__(self, **given: Any) -> None:
        self.__dict__.update(given)

    if TYPE_CHECKING:

        def __setattr__(self, name: str, value: Any) -> None: ...

    def __getattr__(self, name: str) -> Any:
        if name not in self.fields:
            raise AttributeError(f"{type(self).__name__} has no field {name}")
        found = self.fields[name].empty
        if self.fields[name].many:
            self.__dict__[name] = found
        return found

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and bytes(self) == bytes(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.__dict__.items())})"

    def has(self, name: str) -> bool:
        return name in self.__dict__

    def __bytes__(self) -> bytes:
        out = bytearray()
        for name, field in self.fields.items():
            if name not in self.__dict__:
                continue
            value = self.__dict__[name]
            if field.many == "%":
                for key in sorted(value):
                    entry = bytearray()
                    _write(entry, 1, key)
                    _write(entry, 2, value[key])
                    _write(out, field.number, bytes(entry))
            else:
                for one in value if field.many else (value,):
                    # proto3 leaves out what is empty, but not one of several (the element key 0), nor a message.
                    if field.many or isinstance(one, Message) or type(self).__name__ == "Step" or one:
                        _write(out, field.number, one)
        return bytes(out)

    @classmethod
    def read(cls, data: bytes) -> Message:
        """The message in these bytes; what the table lacks is skipped. Raises ValueError."""
        found = cls()
        for number, value in _parts(data):
            if (field := cls.by_number.get(number)) is None:
                continue
            if field.many == "%":
                entry = dict(_parts(value))
                getattr(found, field.name)[entry.get(1, b"").decode()] = _value(field.kind, entry.get(2, b""))
            elif field.many:
                getattr(found, field.name).append(_value(field.kind, value))
            else:
                found.__dict__[field.name] = _value(field.kind, value)
        return found


def _write(out: bytearray, number: int, value: Any) -> None:
    if isinstance(value, int):
        _varint(out, number << 3 | _VARINT)
        _varint(out, value & 0xFFFF_FFFF_FFFF_FFFF)
        return
    data = value.encode() if isinstance(value, str) else bytes(value)
    _varint(out, number << 3 | _LENGTH)
    _varint(out, len(data))
    out += data


def _varint(out: bytearray, value: int) -> None:
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)


def _parts(data: bytes) -> Iterator[tuple[int, Any]]:
    """(number, number or bytes) of every field."""
    at = 0
    while at < len(data):
        tag, at = _number(data, at)
        form = tag & 7
        if form == _VARINT:
            value, at = _number(data, at)
            yield tag >> 3, value
            continue
        if form == _LENGTH:
            length, at = _number(data, at)
        elif form in (_FIXED64, _FIXED32):
            length = 8 if form == _FIXED64 else 4
        else:
            raise ValueError(f"a field has the form {form}")
        if at + length > len(data):
            raise ValueError("a field is cut off")
        yield tag >> 3, data[at : at + length]
        at += length


def _number(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data) and shift < 70:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
    raise ValueError("a number is cut off")


def _value(kind: str, raw: Any) -> Any:
    """A value of the table's kind from what travels. Raises ValueError where it is another."""
    if isinstance(raw, int) is not (kind in ("int32", "int64", "bool")):
        raise ValueError(f"what should be {kind} is of another kind")
    if kind == "bool":
        return bool(raw)
    if kind in ("int32", "int64"):
        return raw - (1 << 64) if raw >> 63 else raw
    if kind in ("string", "bytes"):
        return raw.decode() if kind == "string" else raw
    return MESSAGES[kind].read(raw)


def _build() -> dict[str, type[Message]]:
    found = dict[str, type[Message]]()
    for line in filter(None, _TABLE.splitlines()):
        name, _, fields = line.partition(":")
        name, declared = name.replace(".", ""), list[Field]()
        for text in filter(None, map(str.strip, fields.split(";"))):
            number, field, kind = text.split()
            many = kind[0] if kind[0] in "*%" else ""
            declared.append(Field(int(number), field, kind.lstrip("*%"), many))
        about = {"fields": {one.name: one for one in declared}, "by_number": {one.number: one for one in declared}}
        found[name] = type(name, (Message,), about)
    return found


MESSAGES = _build()
CALLS = [name.removesuffix("Response") for name in MESSAGES if name.endswith("Response")]
"""The calls of protocol 6 that are answered; there are no functions, ephemeral resources, actions or state stores."""
STREAMS = [name.removesuffix("Event") for name in MESSAGES if name.endswith("Event")]
"""Those that are answered by many messages."""


def message(name: str, /, **fields: Any) -> Message:
    """A message by its name in the table, without dots."""
    return MESSAGES[name](**fields)


def request(method: str) -> type[Message]:
    """The class of a method's request; most have fields, the others are empty."""
    return MESSAGES.get(f"{method}Request", MESSAGES["Empty"])
