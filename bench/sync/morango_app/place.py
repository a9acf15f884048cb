"""A database with tables and scopes, and the root certificate that all places trust."""

import json
from pathlib import Path

from django.core.management import call_command
from django.db import connection
from morango.models.certificates import Certificate, Key, ScopeDefinition

ROOT_SCOPE = {
    "id": "bench",
    "profile": "bench",
    "version": 1,
    "primary_scope_param_key": "root",
    "description": "everything",
    "read_filter_template": "",
    "write_filter_template": "",
    "read_write_filter_template": "${root}",
}
GROUP_SCOPE = {
    **ROOT_SCOPE,
    "id": "group",
    "primary_scope_param_key": "",
    "description": "one group",
    "read_write_filter_template": "${root}:${group}",
}
_ROOT = "root.json"


def use(database: Path) -> None:
    """Ask this SQLite file from now on."""
    connection.close()
    connection.settings_dict["NAME"] = str(database)


def make(database: Path) -> None:
    """A new file with tables and scopes, and use it."""
    use(database)
    call_command("migrate", run_syncdb=True, verbosity=0)
    for scope in (ROOT_SCOPE, GROUP_SCOPE):
        ScopeDefinition.objects.update_or_create(id=scope["id"], defaults=scope)


def group_of(phone: int) -> str:
    """Partition of a phone."""
    return f"km-{phone:03d}"


def make_root(folder: Path) -> None:
    """The server's root certificate, left with its key where phones are enrolled."""
    root = Certificate.generate_root_certificate("bench")
    key = root.private_key.get_private_key_string()
    told = {"serialized": root.serialized, "signature": root.signature, "key": key}
    (folder / _ROOT).write_text(json.dumps(told))


def enrol(folder: Path, phone: int) -> tuple[Certificate, Certificate]:
    """The root's certificate, without its private key, and a new one for this phone's group."""
    told = json.loads((folder / _ROOT).read_text())
    root = Certificate.deserialize(told["serialized"], told["signature"])
    root.save()
    key = Key()
    own = Certificate(
        parent=root,
        profile=root.profile,
        scope_definition_id="group",
        scope_version=1,
        scope_params=json.dumps({"root": root.id, "group": group_of(phone)}),
        public_key=Key(public_key_string=key.get_public_key_string()),
        salt="",
    )
    own.id = own.calculate_uuid()
    own.serialized = own.serialize()
    own.signature = Key(private_key_string=told["key"]).sign(own.serialized)
    own.private_key = key
    own.save()
    return root, own
