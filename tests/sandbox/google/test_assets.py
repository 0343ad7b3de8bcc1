"""Images, and the ads that show them: Display and Demand Gen campaigns."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from tests.sandbox.google.client import ERRORS, codes, found, result_name

if TYPE_CHECKING:
    from tests.sandbox.google.client import GoogleSandbox

IMAGE = "mutate_operations[0]/asset_operation/create/image_asset/data"


def picture(width: int, height: int, kind: str = "PNG", mode: str = "RGB") -> bytes:
    file = io.BytesIO()
    Image.new(mode, (width, height), "teal" if mode == "RGB" else (9, 9, 9, 9)).save(file, kind)
    return file.getvalue()


def uploaded(google: GoogleSandbox, data: bytes, name: str = "Coat") -> str:
    operation = google.created("asset", name=name, image_asset__data=data)
    return result_name(google.mutate([operation]).mutate_operation_responses[0])


def display_tree(google: GoogleSandbox, wide: str, square: str) -> list[Any]:
    campaign = google.campaign(
        name="Autumn display",
        advertising_channel_type="DISPLAY",
        network_settings__target_google_search=False,
        network_settings__target_content_network=True,
    )
    group = google.ad_group(type_="DISPLAY_STANDARD")
    ad = google.created(
        "ad_group_ad",
        ad_group=google.name("adGroups", -3),
        ad__final_urls=["https://www.example.com/"],
        ad__responsive_display_ad__business_name="Coats",
        ad__responsive_display_ad__long_headline=google.text("Warm coats for a long autumn"),
    )
    shown = ad.ad_group_ad_operation.create.ad.responsive_display_ad
    shown.headlines.append(google.text("Warm coats"))
    shown.descriptions.append(google.text("Made to last."))
    for images, asset in ((shown.marketing_images, wide), (shown.square_marketing_images, square)):
        image = google.client.get_type("AdImageAsset")
        image.asset = asset
        images.append(image)
    return [google.budget(), campaign, group, ad]


def test_an_image_is_measured_and_its_data_is_never_read_back(google: GoogleSandbox) -> None:
    data = picture(1200, 628, "JPEG")
    name = uploaded(google, data)
    [row] = google.search(
        "SELECT asset.id, asset.name, asset.type, asset.image_asset.file_size, "
        "asset.image_asset.mime_type, asset.image_asset.full_size.width_pixels, "
        "asset.image_asset.full_size.height_pixels FROM asset"
    )
    image = row.asset.image_asset
    assert row.asset.resource_name == name
    assert (row.asset.name, row.asset.type_.name) == ("Coat", "IMAGE")
    assert (image.full_size.width_pixels, image.full_size.height_pixels) == (1200, 628)
    assert (image.mime_type.name, image.file_size, image.data) == ("IMAGE_JPEG", len(data), b"")


def test_the_same_image_again_is_the_same_asset(google: GoogleSandbox) -> None:
    data = picture(600, 314)
    assert uploaded(google, data) == uploaded(google, data, "Another name")
    assert len(google.world.list_objects("google", "asset")) == 1


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "asset_error.ASSET_DATA_IS_MISSING"),
        (b"no picture", "image_error.INVALID_IMAGE"),
        (picture(10, 10, "BMP"), "image_error.FORMAT_NOT_ALLOWED"),
        (picture(10, 10, "JPEG", "CMYK"), "image_error.CMYK_JPEG_NOT_ALLOWED"),
        (b"\x00" * (5 * 1024 * 1024 + 1), "image_error.FILE_TOO_LARGE"),
    ],
)
def test_what_is_no_usable_image(google: GoogleSandbox, data: bytes, code: str) -> None:
    operation = google.created("asset", name="Coat")
    operation.asset_operation.create.image_asset.data = data
    raw = type(operation).pb(operation)
    raw.asset_operation.create.image_asset.SetInParent()
    with pytest.raises(ERRORS) as refused:
        google.mutate([operation])
    assert found(refused.value.failure) == {code: IMAGE}
    assert google.world.list_objects("google", "asset") == {}


def test_a_display_campaign_shows_images(google: GoogleSandbox) -> None:
    wide, square = uploaded(google, picture(600, 314)), uploaded(google, picture(300, 300))
    google.mutate(display_tree(google, wide, square))
    [row] = google.search(
        "SELECT ad_group_ad.ad.responsive_display_ad.marketing_images, ad_group_ad.ad.type, "
        "campaign.advertising_channel_type FROM ad_group_ad WHERE campaign.name = 'Autumn display'"
    )
    images = row.ad_group_ad.ad.responsive_display_ad.marketing_images
    assert [item.asset for item in images] == [wide]
    assert row.ad_group_ad.ad.type_.name == "RESPONSIVE_DISPLAY_AD"


def test_images_are_measured_where_they_are_used(google: GoogleSandbox) -> None:
    small, square = uploaded(google, picture(382, 200)), uploaded(google, picture(300, 300))
    start = "mutate_operations[3]/ad_group_ad_operation/create/ad/responsive_display_ad/"
    with pytest.raises(ERRORS) as refused:
        google.mutate(display_tree(google, small, square))
    path = start + "marketing_images[0]/asset"
    assert found(refused.value.failure) == {"image_error.IMAGE_TOO_SMALL": path}
    with pytest.raises(ERRORS) as refused:
        google.mutate(display_tree(google, square, google.name("assets", 1)))
    assert found(refused.value.failure) == {
        "image_error.ASPECT_RATIO_NOT_ALLOWED": path,
        "mutate_error.RESOURCE_NOT_FOUND": start + "square_marketing_images[0]/asset",
    }
    assert not any(row.objective == "DISPLAY" for row in google.world.campaigns.values())


def test_a_search_ad_does_not_fit_a_display_ad_group(google: GoogleSandbox) -> None:
    wide, square = uploaded(google, picture(600, 314)), uploaded(google, picture(300, 300))
    operations = display_tree(google, wide, square)[:3]
    operations.append(google.search_ad(google.name("adGroups", -3)))
    with pytest.raises(ERRORS) as refused:
        google.mutate(operations)
    code = "operation_access_denied_error.OPERATION_NOT_PERMITTED_FOR_AD_GROUP_TYPE"
    assert codes(refused.value.failure) == [code]
