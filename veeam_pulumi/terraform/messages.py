"""The messages of Terraform's plugin protocol 6 (6.11) that a provider needs, and go-plugin's own two.

Built from this table at import: no generated code, so no tie to one version of protobuf. A field is
`number name type`; `*` before a type says repeated, `%` a map from string. What is not here is skipped on reading.
"""

from __future__ import annotations

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

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
_FieldProto = descriptor_pb2.FieldDescriptorProto
_PACKAGE = "veeam.tfplugin6"  # not the protocol's own: the names of messages do not travel


def _build() -> dict[str, Any]:
    file = descriptor_pb2.FileDescriptorProto(name="tfplugin6.proto", package=_PACKAGE, syntax="proto3")
    for line in filter(None, _TABLE.splitlines()):
        name, _, fields = line.partition(":")
        message = file.message_type.add(name=name.replace(".", ""))
        for text in filter(None, map(str.strip, fields.split(";"))):
            number, field, kind = text.split()
            _add(message, int(number), field, kind)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    names = [message.name for message in file.message_type]
    return {one: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{one}")) for one in names}


def _add(message: Any, number: int, name: str, kind: str) -> None:
    if kind[0] == "%":
        entry = message.nested_type.add(name=name.title().replace("_", "") + "Entry")
        entry.options.map_entry = True
        _add(entry, 1, "key", "string")
        _add(entry, 2, "value", kind[1:])
        kind = f"*{message.name}.{entry.name}"
    field = message.field.add(name=name, number=number)
    field.label = _FieldProto.LABEL_REPEATED if kind[0] == "*" else _FieldProto.LABEL_OPTIONAL
    kind = kind.lstrip("*")
    if kind[0].isupper():
        field.type, field.type_name = _FieldProto.TYPE_MESSAGE, f".{_PACKAGE}.{kind}"
    else:
        field.type = getattr(_FieldProto, f"TYPE_{kind.upper()}")
    if message.name == "Step":  # one of the three; proto3 sends an empty string or 0 only where a field has presence
        if not message.oneof_decl:
            message.oneof_decl.add(name="selector")
        field.oneof_index = 0


MESSAGES = _build()
CALLS = [name.removesuffix("Response") for name in MESSAGES if name.endswith("Response")]
"""The calls of protocol 6 that are answered; there are no functions, ephemeral resources, actions or state stores."""
STREAMS = [name.removesuffix("Event") for name in MESSAGES if name.endswith("Event")]
"""Those that are answered by many messages."""


def message(name: str, /, **fields: Any) -> Any:
    """A message by its name in the table, without dots."""
    return MESSAGES[name](**fields)


def request(method: str) -> Any:
    """The class of a method's request; most have fields, the others are empty."""
    return MESSAGES.get(f"{method}Request", MESSAGES["Empty"])
