"""The target attribute of one mapping: how it is written on the wire, read from a resource and put into a new one."""

from dataclasses import dataclass

from simulator.protocol import JsonObject

type Scalar = str | bool


@dataclass(frozen=True)
class TargetPath:
    """One attribute path: ``title``, ``name.givenName``, ``emails[type eq "work"].value`` or ``URN:department``."""

    attribute: str
    sub_attribute: str | None = None
    type: str | None = None
    urn: str | None = None

    def __str__(self) -> str:
        prefix = f"{self.urn}:" if self.urn else ""
        bracket = f'[type eq "{self.type}"]' if self.type else ""
        suffix = f".{self.sub_attribute}" if self.sub_attribute else ""
        return f"{prefix}{self.attribute}{bracket}{suffix}"

    @property
    def has_value_filter(self) -> bool:
        """Tell whether the path selects one element of a multi-valued attribute."""
        return self.type is not None

    def read(self, resource: JsonObject) -> Scalar | None:
        """Return the value at this path, or ``None`` if *resource* has none (or an empty one) or another shape."""
        holder = resource.get(self.urn) if self.urn else resource
        value = holder.get(self.attribute) if isinstance(holder, dict) else None
        if self.type is not None:
            value = self._element(value)
        if self.sub_attribute is not None:
            value = value.get(self.sub_attribute) if isinstance(value, dict) else None
        return value if isinstance(value, str | bool) and value != "" else None

    def write(self, resource: JsonObject, value: Scalar) -> None:
        """Put *value* at this path of a new *resource*, making what is missing on the way."""
        holder = resource.setdefault(self.urn, {}) if self.urn else resource
        if self.type is not None:
            elements = holder.setdefault(self.attribute, [])
            holder = self._element(elements)
            if holder is None:
                # Only the work e-mail is marked, as in the documented creation body.
                holder = {"primary": True} if self.attribute == "emails" else {}
                holder["type"] = self.type
                elements.append(holder)
        elif self.sub_attribute is not None:
            holder = holder.setdefault(self.attribute, {})
        holder[self.sub_attribute or self.attribute] = value

    def _element(self, elements: object) -> JsonObject | None:
        for element in elements if isinstance(elements, list) else []:
            if isinstance(element, dict) and str(element.get("type", "")).lower() == self.type:
                return element
        return None
