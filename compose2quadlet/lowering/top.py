"""The top-level keys of a compose file. Networks and volumes have tables of their own."""

from __future__ import annotations

from compose2quadlet.lowering.verbs import Row, Verb, ignored, resolved, unsupported


def _units(how: str) -> Verb:
    """Made into units by code that is not about one key."""
    return Verb(lambda _value, _c: (), how, status="units")


TABLE: tuple[Row, ...] = (
    Row("version", ignored("Docker Compose ignores it as well.")),
    Row("name", _units("The project's name, at the start of the name of each unit, network and volume.")),
    Row("include", resolved("Merged when the project is loaded.")),
    Row("services", _units("One .container unit each.")),
    Row("networks", _units("One .network unit each; see networks.KEY.")),
    Row("volumes", _units("One .volume unit each; see volumes.KEY.")),
    Row("configs", _units("Mounted into the services that use them; see configs.")),
    Row("secrets", _units("Mounted, or taken from Podman's store, by the services that use them; see secrets.")),
    Row("models", unsupported("Run the model as a service of its own.")),
)
