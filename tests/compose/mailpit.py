"""The mails in the compose file's mail catcher, read as the demonstration reads those of its own."""

from typing import Any

from deploy.demo.mails import Mail, Mails


class MailpitMails(Mails):
    """Mailpit's HTTP API instead of our own catcher's."""

    async def all(self) -> list[Mail]:
        """Every mail, the oldest first."""
        listed = (await self._http.get("/api/v1/messages?limit=2000")).json()["messages"]
        for one in reversed(listed):
            if one["ID"] not in self._known:
                whole: dict[str, Any] = (await self._http.get(f"/api/v1/message/{one['ID']}")).json()
                self._known[one["ID"]] = Mail(one["ID"], one["To"][0]["Address"], one["Subject"], whole["Text"])
        return list(self._known.values())
