"""Signed webhooks after Standard Webhooks, and cards for Teams workflows.

Source: Standard Webhooks specification, 2023: headers webhook-id, webhook-timestamp and webhook-signature.
"""

import base64
import hashlib
import hmac
from datetime import datetime
from typing import Any

import orjson

from domain.model import Account
from domain.notifying.channels import Channel
from domain.notifying.notices import Item, Notice
from outbound import letters
from outbound.posts import Posts

NOTICE = "provisioning.notice"
_JSON = "application/json"
_MOST_IN_CARD = 10


async def send_json(posts: Posts, channel: Channel, body: dict[str, Any], message_id: str, now: datetime) -> None:
    """Post *body* to a webhook, signed; the same *message_id* is the same message.  Raises: DeliveryFailed."""
    content = orjson.dumps(body)
    headers = signature_headers(channel.key, message_id, now, content)
    await posts.post(channel.target, content, {"Content-Type": _JSON, **headers})


def signature_headers(key: bytes, message_id: str, now: datetime, content: bytes) -> dict[str, str]:
    """The three headers by which a receiver knows who sent *content*, and when."""
    timestamp = str(int(now.timestamp()))
    signed = b".".join((message_id.encode(), timestamp.encode(), content))
    signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return {"webhook-id": message_id, "webhook-timestamp": timestamp, "webhook-signature": f"v1,{signature}"}


def notice_body(notice: Notice, account: Account, public_url: str) -> dict[str, Any]:
    """A notice as a webhook tells it."""
    return {
        "type": NOTICE,
        "timestamp": notice.time.isoformat(),
        "data": {
            "account": account.id,
            "summary": letters.summary(notice),
            "failures": [_item(each, account, public_url) for each in notice.failures],
            "recoveries": [_item(each, account, public_url) for each in notice.recoveries],
            "failuresLeftOut": notice.failures_left_out,
            "recoveriesLeftOut": notice.recoveries_left_out,
            "log": letters.log_link(account, public_url),
        },
    }


def _item(item: Item, account: Account, public_url: str) -> dict[str, Any]:
    told = {
        "name": item.name,
        "resourceType": item.kind,
        "resourceId": item.resource_id,
        "action": item.action,
        "reason": item.reason,
        "status": item.status,
        "scimType": item.scim_type,
        "recommendedAction": item.advice,
        "since": item.since.isoformat(),
        "last": item.last.isoformat(),
        "count": item.count,
        "correlationId": item.correlation_id,
        "log": letters.log_link(account, public_url, item),
    }
    return {name: value for name, value in told.items() if value}


async def send_card(posts: Posts, channel: Channel, notice: Notice, account: Account, public_url: str) -> None:
    """Post a notice to a Teams workflow.  Raises: DeliveryFailed."""
    await posts.post(channel.target, orjson.dumps(card(notice, account, public_url)), {"Content-Type": _JSON})


def card(notice: Notice, account: Account, public_url: str) -> dict[str, Any]:
    """The message with an adaptive card that a Teams workflow takes (azure.md §9)."""
    body: list[dict[str, Any]] = [
        _text(f"{account.name}: {letters.summary(notice)}", size="Medium", weight="Bolder"),
    ]
    for item in notice.failures[:_MOST_IN_CARD]:
        times = f", {item.count} times" if item.count > 1 else ""
        body.append(_text(f"{item.name} ({letters.kind(item)}) {letters.what(item)}", weight="Bolder", separator=True))
        body.append(_text(f"{item.reason} (since {letters.when(item.since)}{times})", spacing="None"))
        body.append(_text(item.advice, spacing="None", isSubtle=True))
    left_out = len(notice.failures) - _MOST_IN_CARD + notice.failures_left_out
    if left_out > 0:
        body.append(_text(f"… and {left_out} more"))
    if notice.recoveries:
        names = ", ".join(item.name for item in notice.recoveries[:_MOST_IN_CARD])
        body.append(_text(f"Recovered: {names}", separator=True))
    content = {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.4",
        "body": body,
        "actions": [{"type": "Action.OpenUrl", "title": "Open the log", "url": letters.log_link(account, public_url)}],
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": content}
    return {"type": "message", "attachments": [attachment]}


def _text(text: str, **options: Any) -> dict[str, Any]:
    return {"type": "TextBlock", "text": _plain(text), "wrap": True, **options}


def _plain(text: str) -> str:
    """*text* without what a card would take for Markdown."""
    return "".join(f"\\{each}" if each in "*_[]()`#\\" else each for each in text)
