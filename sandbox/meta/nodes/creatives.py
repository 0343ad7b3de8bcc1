"""Ad creatives of the Meta emulator: create, update, checks of their content."""

from __future__ import annotations

import json
from typing import Any

from sandbox.meta import errors
from sandbox.meta import params as read
from sandbox.meta.fields import Node
from sandbox.meta.graph import Graph
from sandbox.meta.nodes import videos
from sandbox.meta.params import Params

_STORIES = ("link_data", "video_data", "photo_data", "template_data", "text_data")
CALLS_TO_ACTION = frozenset(
    "LEARN_MORE SHOP_NOW SIGN_UP SUBSCRIBE DOWNLOAD BOOK_TRAVEL BOOK_NOW CONTACT_US APPLY_NOW"
    " GET_QUOTE GET_OFFER ORDER_NOW BUY_NOW BUY INSTALL_APP INSTALL_MOBILE_APP USE_APP PLAY_GAME"
    " WATCH_MORE WATCH_VIDEO LISTEN_MUSIC CALL_NOW MESSAGE_PAGE WHATSAPP_MESSAGE SEE_MENU"
    " GET_DIRECTIONS DONATE_NOW REQUEST_TIME SEND_UPDATES OPEN_LINK NO_BUTTON SAVE VIEW_PRODUCT"
    " GET_SHOWTIMES START_ORDER TRY_IN_CAMERA EVENT_RSVP LIKE_PAGE VISIT_PAGES_FEED".split()
)
_FIXED = frozenset(
    "object_story_spec object_story_id asset_feed_spec degrees_of_freedom_spec url_tags".split()
)
_FEED_LIMITS = {"bodies": 5, "titles": 5, "descriptions": 5, "link_urls": 5, "images": 10}


def create_creative(graph: Graph, params: Params) -> dict[str, Any]:
    """POST act_X/adcreatives. Raises GraphError."""
    story: Params | None = read.json_value(params, "object_story_spec", dict)
    feed: Params | None = read.json_value(params, "asset_feed_spec", dict)
    features = read.json_value(params, "degrees_of_freedom_spec", dict)
    existing = read.text(params, "object_story_id")
    if story is None and existing is None:
        raise errors.required("object_story_spec")
    if story is not None:
        _check_story(graph, story, feed)
    if feed is not None:
        _check_feed(graph, feed)
    if "standard_enhancements" in ((features or {}).get("creative_features_spec") or {}):
        raise errors.invalid("", "degrees_of_freedom_spec", subcode=3858504)
    if (read.text(params, "url_tags") or "").startswith(("?", "&")):
        raise errors.invalid("url_tags begin without ? and &", "url_tags")
    name, creative_id = read.text(params, "name") or "Creative", graph.world.new_id("meta")
    creative = {
        "id": creative_id,
        # Meta may append a suffix, so a search by the exact name fails. (creative)
        "name": f"{name} {graph.now():%Y-%m-%d}-{creative_id[-6:]}",
        "object_story_spec": story,
        "object_story_id": existing,
        "asset_feed_spec": feed,
        "degrees_of_freedom_spec": features,
        "url_tags": read.text(params, "url_tags"),
    }
    graph.world.put_object("meta", "creatives", creative_id, creative)
    return {"id": creative_id}


def update_creative(graph: Graph, creative: Params, params: Params) -> dict[str, Any]:
    """Only the name and the status of a creative can change. Raises GraphError."""
    for field in sorted(_FIXED & set(params)):
        raise errors.invalid(f"The field {field} of a creative cannot be changed.", field)
    if name := read.text(params, "name"):
        graph.world.put_object("meta", "creatives", creative["id"], {**creative, "name": name})
    return {"success": True}


def creative_signature(creative: Params) -> str:
    """Identifies the content of a creative for the market, without its links."""
    content = {"texts": creative_texts(creative), "media": _creative_media(creative)}
    return json.dumps(content, sort_keys=True)


def creative_texts(creative: Params) -> list[str]:
    story, feed = creative.get("object_story_spec") or {}, creative.get("asset_feed_spec") or {}
    texts: list[str] = []
    for kind in _STORIES:
        data = story.get(kind) or {}
        cards = data.get("child_attachments") or []
        for item in [data, *cards]:
            keys = ("message", "name", "title", "description", "link_description", "caption")
            texts += [str(item[key]) for key in keys if item.get(key)]
    for kind in ("bodies", "titles", "descriptions"):
        texts += [str(item.get("text", "")) for item in feed.get(kind) or []]
    return texts


def creative_links(creative: Params) -> list[str]:
    """Where a click of this creative leads."""
    story, feed = creative.get("object_story_spec") or {}, creative.get("asset_feed_spec") or {}
    links = [str(link.get("website_url")) for link in feed.get("link_urls") or []]
    for kind in _STORIES:
        data = story.get(kind) or {}
        for item in [data, *(data.get("child_attachments") or [])]:
            action = (item.get("call_to_action") or {}).get("value") or {}
            links += [str(link) for link in (item.get("link"), action.get("link")) if link]
    return links


def creative_view(graph: Graph, creative: Params) -> Node:
    story = creative.get("object_story_spec") or {}
    data = story.get("link_data") or story.get("video_data") or story.get("photo_data") or {}
    page = story.get("page_id", graph.account.page_id)
    action = data.get("call_to_action") or {}
    image = graph.world.get_object("meta", "images", str(data.get("image_hash"))) or {}
    return Node(
        "AdCreative",
        creative["id"],
        {
            **dict.fromkeys(_FIXED),  # fields of every creative, also of a seeded one
            **creative,
            "account_id": graph.account.id,
            "status": "ACTIVE",
            "body": data.get("message"),
            "title": data.get("name") or data.get("title"),
            "image_hash": data.get("image_hash"),
            "image_url": image.get("url"),
            "thumbnail_url": image.get("url"),
            "video_id": data.get("video_id"),
            "call_to_action_type": action.get("type"),
            "link_url": data.get("link"),
            "object_type": "VIDEO" if story.get("video_data") else "SHARE",
            "effective_object_story_id": f"{page}_{creative['id']}",
            "effective_instagram_media_id": None,
        },
    )


def _check_story(graph: Graph, story: Params, feed: Params | None) -> None:
    page = str(story.get("page_id") or "")
    if not page:
        raise errors.invalid("object_story_spec: page_id is required", "object_story_spec")
    if page != graph.account.page_id:
        raise errors.GraphError(
            f"(#100) Object does not exist or no permission for page {page}", fields=("page_id",)
        )
    if "instagram_actor_id" in story:
        raise errors.invalid("Use instagram_user_id", "object_story_spec")
    kinds = [kind for kind in _STORIES if story.get(kind)]
    if len(kinds) > 1:
        raise errors.invalid("", "object_story_spec", subcode=1487929)
    if not kinds and feed is None:
        raise errors.invalid("object_story_spec: a story is missing", "object_story_spec")
    if story.get("link_data"):
        _check_link(graph, story["link_data"])
    if story.get("video_data"):
        _check_video(graph, story["video_data"])


def _check_link(graph: Graph, data: Params) -> None:
    cards = data.get("child_attachments")
    if cards is not None and not 2 <= len(cards) <= 10:
        raise errors.invalid("child_attachments must hold 2 to 10 cards", "child_attachments")
    for item in [data, *(cards or [])]:
        _check_url(item.get("link"))
        _check_image(graph, item.get("image_hash"))
        _check_action(item.get("call_to_action"))


def _check_video(graph: Graph, data: Params) -> None:
    if "link" in data:
        raise errors.invalid("video_data has no key link; use call_to_action.value", "video_data")
    video = graph.world.get_object("meta", "videos", str(data.get("video_id")))
    if video is None:
        raise errors.invalid(f"video_id {data.get('video_id')} is unknown", "video_id")
    if videos.video_status(video) != "ready":
        raise errors.invalid(f"video_id {video['id']} is not ready to be used", "video_id")
    if bool(data.get("image_hash")) == bool(data.get("image_url")):
        raise errors.invalid("video_data needs image_hash or image_url, not both", "image_hash")
    _check_image(graph, data.get("image_hash"))
    _check_action(data.get("call_to_action"))
    if action := data.get("call_to_action"):
        _check_url((action.get("value") or {}).get("link"))


def _check_url(link: Any) -> None:
    if not isinstance(link, str) or not link.startswith(("http://", "https://")):
        raise errors.invalid(f"link must be an http or https address, got {link!r}", "link")


def _check_image(graph: Graph, digest: Any) -> None:
    if digest and graph.world.get_object("meta", "images", str(digest)) is None:
        raise errors.invalid(f"image_hash {digest} is not an image of this account", "image_hash")


def _check_action(action: Any) -> None:
    if action and action.get("type") not in CALLS_TO_ACTION:
        raise errors.invalid(f"call_to_action {action.get('type')} is unknown", "call_to_action")


def _check_feed(graph: Graph, feed: Params) -> None:
    for name, limit in _FEED_LIMITS.items():
        if len(feed.get(name) or []) > limit:
            raise errors.invalid(f"asset_feed_spec: at most {limit} {name}", name)
    for image in feed.get("images") or []:
        _check_image(graph, image.get("hash"))
    for link in feed.get("link_urls") or []:
        _check_url(link.get("website_url"))


def _creative_media(creative: Params) -> list[str]:
    story, feed = creative.get("object_story_spec") or {}, creative.get("asset_feed_spec") or {}
    media: list[str] = []
    for kind in _STORIES:
        data = story.get(kind) or {}
        for item in [data, *(data.get("child_attachments") or [])]:
            media += [
                str(item[key]) for key in ("image_hash", "video_id", "picture") if item.get(key)
            ]
    media += [str(image.get("hash")) for image in feed.get("images") or []]
    return media + [str(video.get("video_id")) for video in feed.get("videos") or []]
