"""The same collections through tovay and its peers, side by side: `./just bench sync [--quick]`.

1, 20 and 200 phones send 60 and 1,020 collections each, over a line of their own that counts bytes and, for
``2G``, sends 20 kbit/s up and 40 down with 600 ms for a round trip. Everybody speaks TLS 1.3 to the same TLS
end. After each cell what the server holds is read back: a cell whose collections or sums differ is FAILED.
"""

import argparse
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bench.sync.line import LAN, SLOW
from bench.sync.peer import Cell, Command, Measured, PeerError, Programs, measure

HERE = Path(__file__).parent
ENVIRONMENTS = HERE.parents[1] / ".cache" / "bench"
OURS = [sys.executable, "-m"]
PROFILES = {"LAN": LAN, "2G": SLOW}
TARGETS_S = {60: 3, 1_020: 6}


def peers() -> list[Programs]:
    """All of them, tovay first: the others are told as multiples of it."""
    return [
        Programs(
            "tovay",
            [*OURS, "bench.sync.tovay_branch", "serve"],
            [*OURS, "bench.sync.tovay_phones"],
            [*OURS, "bench.sync.tovay_branch", "read-back"],
        ),
        Programs(
            "PouchDB",
            ["node", HERE / "pouchdb_server.mjs"],
            ["node", HERE / "pouchdb_phones.mjs", "send"],
            ["node", HERE / "pouchdb_phones.mjs", "read-back"],
            reads_files=True,
        ),
        Programs(
            "Kinto",
            [_python("kinto"), "-m", "bench.sync.kinto_server"],
            [_python("kinto"), "-m", "bench.sync.kinto_phones", "send"],
            [_python("kinto"), "-m", "bench.sync.kinto_phones", "read-back"],
        ),
        Programs(
            "Morango",
            _django("morango_serve"),
            _django("morango_send"),
            _django("morango_read_back"),
        ),
    ]


def main() -> None:
    """Print the table, line by line."""
    asked = _asked()
    chosen = [one for one in peers() if one.name in asked.peers]
    print(f"{'':18} {'':8} {'kB up':>9} {'kB down':>9} {'seconds':>9}  bytes ÷ tovay  seconds ÷ tovay")
    with tempfile.TemporaryDirectory(prefix="tovay-bench-") as folder:
        certificate = make_certificate(Path(folder) / "server.pem")
        for profile in asked.profiles:
            for collections in asked.collections:
                for phones in asked.phones:
                    cell = Cell(PROFILES[profile], phones, collections, asked.limit)
                    _row(cell, chosen, certificate)


def _row(cell: Cell, chosen: list[Programs], certificate: Path) -> None:
    ours: Measured | None = None
    for programs in chosen:
        named = f"{cell.label} {programs.name:8}"
        try:
            found = measure(programs, cell, certificate)
        except PeerError as error:
            print(f"{named} FAILED: {error}", flush=True)
            continue
        if programs.name == "tovay" and found.fault is None:
            ours = found
        print(named + _told(cell, found, ours), flush=True)


def _told(cell: Cell, found: Measured, ours: Measured | None) -> str:
    up, down = (count / cell.phones / 1_000 for count in (found.counted.up, found.counted.down))
    line = f" {up:9.1f} {down:9.1f} {found.seconds:9.2f}"
    if found.fault is not None:
        return f"{line}  FAILED: {found.fault}"
    if ours is None:
        return line
    if found is ours:
        target = TARGETS_S.get(cell.collections) if cell.profile is SLOW and cell.phones == 1 else None
        return line + (f"  target {target} s" if target else "")
    of_bytes = (found.counted.up + found.counted.down) / (ours.counted.up + ours.counted.down)
    return f"{line} {of_bytes:13.1f} × {found.seconds / ours.seconds:14.1f} ×"


def make_certificate(path: Path) -> Path:
    """Key and certificate of the TLS end in one PEM file, P-256, which is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    begins = datetime(2025, 1, 1, tzinfo=UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=9_000))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    )
    made = builder.sign(key, hashes.SHA256())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + made.public_bytes(Encoding.PEM))
    return path


def _python(peer: str) -> Path:
    """The interpreter of a peer's own environment."""
    return ENVIRONMENTS / peer / "bin" / "python"


def _django(command: str) -> Command:
    return [_python("morango"), "-m", "django", command, "--settings", "bench.sync.morango_app.settings"]


def _asked() -> argparse.Namespace:
    names = [one.name for one in peers()]
    parser = argparse.ArgumentParser(prog="./just bench sync", description=__doc__)
    parser.add_argument("--phones", type=int, nargs="+", default=[1, 20, 200])
    parser.add_argument("--collections", type=int, nargs="+", default=[60, 1_020])
    parser.add_argument("--profiles", choices=list(PROFILES), nargs="+", default=list(PROFILES))
    parser.add_argument("--peers", choices=names, nargs="+", default=names)
    parser.add_argument("--limit", type=float, default=600, help="seconds that a cell may take")
    parser.add_argument("--quick", action="store_true", help="1 and 20 phones with 60 collections")
    asked = parser.parse_args()
    if asked.quick:
        asked.phones, asked.collections = [1, 20], [60]
    return asked


if __name__ == "__main__":
    main()
