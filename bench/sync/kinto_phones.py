"""Kinto's phones: `python kinto_phones.py send|read-back CELL`. Standard library alone.

One connection for a phone, batches as large as the server takes, what all parts share said once. Every record
has its own id, so that a batch that is sent again changes nothing.
"""

import gzip
import http.client
import json
import ssl
import sys
import threading
import time
from pathlib import Path

from bench.sync.workload import Collection, cash, collections, identity

BATCH = 500
BUCKET = "/v1/buckets/bench"
CREATED = (200, 201)
PATIENCE_S = 600
Cell = dict[str, object]


def main() -> None:
    """Do one of the two."""
    wish, told = sys.argv[1:]
    cell = json.loads(Path(told).read_text())
    if wish == "send":
        send_all(cell)
    else:
        json.dump(read_back(cell), sys.stdout)


def send_all(cell: Cell) -> None:
    """Make the groups' collections, say ready, wait, and let every phone send."""
    count = cell["phones"]
    direct = http.client.HTTPConnection("127.0.0.1", cell["direct"])
    ask(direct, "PUT", BUCKET, {})
    for phone in range(count):
        ask(direct, "PUT", f"{BUCKET}/collections/{group_of(phone)}", {})
    bodies = [batches(phone, collections(phone, cell["collections"])) for phone in range(count)]
    trusted = ssl.create_default_context(cafile=cell["ca"])
    seconds, faults = [], []

    def live(phone: int) -> None:
        line = http.client.HTTPSConnection(
            "127.0.0.1", cell["ports"][phone], context=trusted, timeout=PATIENCE_S
        )
        started = time.monotonic()
        try:
            for body in bodies[phone]:
                answers = ask(line, "POST", "/v1/batch", body)["responses"]
                if any(one["status"] not in CREATED for one in answers):
                    faults.append(f"phone {phone}: {answers[0]}")
        except (OSError, http.client.HTTPException, RuntimeError) as error:
            faults.append(f"phone {phone}: {error}")
        seconds.append(time.monotonic() - started)

    phones = [threading.Thread(target=live, args=(phone,)) for phone in range(count)]
    print("ready", flush=True)
    sys.stdin.readline()
    for phone in phones:
        phone.start()
    for phone in phones:
        phone.join()
    print(json.dumps({"seconds": seconds, "faults": faults}), flush=True)


def batches(phone: int, made: list[Collection]) -> list[Cell]:
    """Bodies of the batch requests of a phone."""
    shared = {"method": "POST", "path": f"/buckets/bench/collections/{group_of(phone)}/records"}
    requests = [
        {"body": {"data": {"id": identity(phone, one["receipt"]), "cash": cash(one), **one}}} for one in made
    ]
    return [
        {"defaults": shared, "requests": requests[at : at + BATCH]} for at in range(0, len(requests), BATCH)
    ]


def read_back(cell: Cell) -> dict[str, int]:
    """Cash of every record that the server holds, by id."""
    direct = http.client.HTTPConnection("127.0.0.1", cell["direct"])
    found = {}
    for phone in range(cell["phones"]):
        answer = ask(direct, "GET", f"{BUCKET}/collections/{group_of(phone)}/records", None)
        found |= {one["id"]: cash(one) for one in answer["data"]}
    return found


def ask(line: http.client.HTTPConnection, method: str, path: str, body: Cell | None) -> Cell:
    """One request; raises RuntimeError when it is refused."""
    raw = None if body is None else json.dumps(body, separators=(",", ":"))
    line.request(method, path, raw, {"Content-Type": "application/json", "Accept-Encoding": "gzip"})
    reply = line.getresponse()
    answer = gzip.decompress(reply.read())
    if reply.status not in CREATED:
        raise RuntimeError(f"{reply.status} {answer[:300]!r}")
    return json.loads(answer)


def group_of(phone: int) -> str:
    """A collection of Kinto for every phone's group."""
    return f"km-{phone:03d}"


if __name__ == "__main__":
    main()
