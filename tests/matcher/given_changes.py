"""Questions of a hub: what if."""

from services.matcher.instance import Instance
from services.matcher.what_if.changes import changed


def asking(*changes: dict[str, object]) -> dict[str, object]:
    return {"format": "encounters-changes/1", "changes": list(changes)}


def with_changes(instance: Instance, *changes: dict[str, object]) -> Instance:
    return changed(instance, asking(*changes)).instance
