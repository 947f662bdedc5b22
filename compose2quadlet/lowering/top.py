"""The top-level keys of a compose file. Networks and volumes have tables of their own."""

from __future__ import annotations

from compose2quadlet.lowering.verbs import Row, Verb, ignored, resolved, unsupported


def _units(how: str) -> Verb:
    """Converted by code that is not specific to one key."""
    return Verb(lambda _value, _c: (), how, status="units")


TABLE: tuple[Row, ...] = (
    Row("version", ignored("Docker Compose ignores it, too.")),
    Row("name", _units("The name of the project, with which the names of units, networks and volumes start.")),
    Row("include", resolved("It is merged while the project is loaded.")),
    Row("services", _units("One .container unit each.")),
    Row("networks", _units("One .network unit each; see networks.KEY.")),
    Row("volumes", _units("One .volume unit each; see volumes.KEY.")),
    Row("configs", _units("They are mounted into the services that use them; see configs.")),
    Row(
        "secrets",
        _units("They are mounted into the services that use them, or come from Podman's secret store; see secrets."),
    ),
    Row("models", unsupported("Run the model as a separate service.")),
)
