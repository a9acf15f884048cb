"""What Morango's server and phones have alike: Django's settings over one SQLite file, tables, certificates.

All phones and the server trust one root certificate; a phone may write its own group's partition.
"""

import json
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command

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


def open_place(database: Path) -> None:
    """Set Django up over a SQLite file, with tables and scopes."""
    settings.configure(
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": str(database),
                "OPTIONS": {"timeout": 600},
            }
        },
        INSTALLED_APPS=[
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "rest_framework",
            "morango",
            "bench.sync.morango_app",
        ],
        MIDDLEWARE=[
            "django.middleware.gzip.GZipMiddleware",
            "django.middleware.common.CommonMiddleware",  # says the length, so that connections are kept
        ],
        ROOT_URLCONF="morango.urls",
        ALLOWED_HOSTS=["*"],
        SECRET_KEY="bench",  # noqa: S106 (signs nothing here)
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        MIGRATION_MODULES={"morango_app": None},
    )
    django.setup()
    call_command("migrate", run_syncdb=True, verbosity=0)
    from morango.models.certificates import ScopeDefinition  # noqa: PLC0415 (only once Django is set up)

    for scope in (ROOT_SCOPE, GROUP_SCOPE):
        ScopeDefinition.objects.update_or_create(id=scope["id"], defaults=scope)


def group_of(phone: int) -> str:
    """Partition of a phone."""
    return f"km-{phone:03d}"


def root_file(folder: Path) -> Path:
    """Where the server leaves its root certificate, private key and all, for the phones' enrolment."""
    return folder / "root.json"


def write_root(folder: Path, certificate: object) -> None:
    """Leave the root certificate for the phones' enrolment."""
    told = {
        "serialized": certificate.serialized,
        "signature": certificate.signature,
        "key": certificate.private_key.get_private_key_string(),
    }
    root_file(folder).write_text(json.dumps(told))
