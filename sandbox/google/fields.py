"""Field paths on the raw protobuf messages of the SDK: find, read, copy by mask.

The SDK's messages call a field `type_` that queries and masks call `type`; paths here use the names
of the API, and `field_of` alone maps the trailing underscore.
"""

from typing import Any

Descriptor = Any
Field = Any
Message = Any


def field_of(descriptor: Descriptor, name: str) -> Field | None:
    return descriptor.fields_by_name.get(name) or descriptor.fields_by_name.get(name + "_")


def is_message(field: Field) -> bool:
    return field.message_type is not None


def find_fields(descriptor: Descriptor, path: str) -> tuple[Field, ...]:
    """The chain of fields that `path` names below `descriptor`; empty when there is none."""
    chain: list[Field] = []
    current: Descriptor | None = descriptor
    for name in path.split("."):
        field = field_of(current, name) if current is not None else None
        if field is None or (chain and chain[-1].is_repeated):
            return ()
        chain.append(field)
        current = field.message_type
    return tuple(chain)


def has_subfields(field: Field) -> bool:
    """Whether a mask or a query must name a field below this one instead."""
    return is_message(field) and not field.is_repeated and bool(field.message_type.fields)


def read_field(message: Message, chain: tuple[Field, ...]) -> Any:
    """The value at the end of `chain`; None where a message or an optional scalar is unset."""
    value = message
    for field in chain:
        if field.has_presence and not value.HasField(field.name):
            return None
        value = getattr(value, field.name)
    return value


def copy_field(source: Message, target: Message, chain: tuple[Field, ...]) -> None:
    """Make `target` equal to `source` at the field, clearing it where the source has none."""
    *parents, leaf = chain
    for field in parents:
        # A parent that is set but empty counts: it selects a member of a oneof.
        if source.HasField(field.name):
            getattr(target, field.name).SetInParent()
        elif not target.HasField(field.name):
            return
        source = getattr(source, field.name)
        target = getattr(target, field.name)
    target.ClearField(leaf.name)
    if leaf.is_repeated:
        getattr(target, leaf.name).MergeFrom(getattr(source, leaf.name))
    elif not leaf.has_presence or source.HasField(leaf.name):
        _copy_single(source, target, leaf)


def _copy_single(source: Message, target: Message, leaf: Field) -> None:
    if is_message(leaf):
        getattr(target, leaf.name).CopyFrom(getattr(source, leaf.name))
        getattr(target, leaf.name).SetInParent()
    else:
        setattr(target, leaf.name, getattr(source, leaf.name))


def enum_name(field: Field, number: int) -> str:
    value = field.enum_type.values_by_number.get(number)
    return str(value.name) if value else "UNKNOWN"


def enum_number(message: Message, field_name: str, value_name: str) -> int:
    field = field_of(message.DESCRIPTOR, field_name)
    if field is None:
        raise KeyError(f"{message.DESCRIPTOR.name} has no field {field_name!r}")
    return int(field.enum_type.values_by_name[value_name].number)


def set_enum(message: Message, field_name: str, value_name: str) -> None:
    field = field_of(message.DESCRIPTOR, field_name)
    if field is None:
        raise KeyError(f"{message.DESCRIPTOR.name} has no field {field_name!r}")
    setattr(message, field.name, field.enum_type.values_by_name[value_name].number)


def get_enum(message: Message, field_name: str) -> str:
    """The name of an enum field's value, `UNSPECIFIED` when unset."""
    field = field_of(message.DESCRIPTOR, field_name)
    if field is None:
        raise KeyError(f"{message.DESCRIPTOR.name} has no field {field_name!r}")
    return enum_name(field, getattr(message, field.name))
