"""The steps of clients as values: what programs read of them."""

from __future__ import annotations

import json

from bootbuilder.net import events


def test_an_event_becomes_json_with_what_it_says() -> None:
    """Programs get the kind and the fields that are filled; zero and false are told, empty is not."""
    done = events.TransferDone(7, "tftp", "10.0.0.9", 2070, "x.0", sent=0, acknowledged=False)
    told = json.loads(json.dumps(events.as_dict(done)))
    assert told["event"] == "transfer-done"
    assert (told["sent"], told["acknowledged"], told["file"]) == (0, False, "x.0")
    seen = events.as_dict(events.DhcpSeen("52:54:00:00:00:01", "DISCOVER", 67, arch=0))
    assert seen == {
        "event": "dhcp-seen",
        "mac": "52:54:00:00:00:01",
        "message": "DISCOVER",
        "port": 67,
        "arch": 0,
    }
