"""The demo's video: a sunrise over hills, drawn frame by frame and encoded with PyAV."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from campaigns.models import Asset
from campaigns.services import save_video
from core.models import Advertiser

WIDTH, HEIGHT, RATE, SECONDS = 540, 960, 10, 6


def save_story_video(advertiser: Advertiser, colour: str, words: str, sender: str) -> Asset:
    """Save the upright video as an asset. The content is always the same, so it is stored once."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "video.mp4"
        _encode(path, colour, words, sender)
        with path.open("rb") as file:
            return save_video(advertiser=advertiser, file=file, name=f"{words}.mp4")


def _encode(path: Path, colour: str, words: str, sender: str) -> None:
    import av

    quick = {"preset": "veryfast", "crf": "24", "threads": "1"}
    with av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}) as out:
        stream: Any = out.add_stream("libx264", rate=RATE, options=quick)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for number in range(RATE * SECONDS):
            picture = _draw_frame(number / (RATE * SECONDS), colour, words, sender)
            frame: Any = av.VideoFrame.from_image(picture)  # type: ignore[no-untyped-call]
            out.mux(stream.encode(frame))
        out.mux(stream.encode())


def _draw_frame(part: float, colour: str, words: str, sender: str) -> Image.Image:
    """The frame at that part of the video, 0 to 1."""
    image = Image.new("RGB", (WIDTH, HEIGHT), colour)
    draw = ImageDraw.Draw(image, "RGBA")
    sun = 680 - round(390 * part)
    draw.ellipse((320, sun, 470, sun + 150), fill=(255, 236, 179, 220))
    for i, height in enumerate((420, 345, 465, 390)):
        left = i * 225 - 195 - round(60 * part)
        draw.polygon(
            [(left, HEIGHT), (left + 225, HEIGHT - height), (left + 450, HEIGHT)],
            fill=(20, 40, 30, 150),
        )
    draw.text((45, 105), words, font=ImageFont.load_default(size=62), fill="white")
    draw.text((48, 188), sender, font=ImageFont.load_default(size=30), fill=(255, 255, 255, 210))
    return image
