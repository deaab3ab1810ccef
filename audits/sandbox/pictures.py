"""Pictures of strangers, drawn anew in the child: what comes out is ours, whatever went in."""

import io
import warnings

from audits.sandbox.errors import Refused
from audits.sandbox.values import Call, Reply

MOST_PIXELS = 16_000_000
BOX = (480, 160)
_SMALLEST = 16


def redraw_logo(call: Call) -> Reply:
    """Read the PNG ``logo`` and return it within `BOX` as a new PNG, the blob ``png``.

    Nothing of the file but its pixels is kept: no text, profile, comment or trailing bytes.
    """
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - only this entry needs it

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(call.files["logo"], formats=["PNG"]) as opened:
                if min(opened.size) < _SMALLEST:
                    raise Refused(
                        "logo", "the picture is smaller than 16 pixels", "use a larger one"
                    )
                drawn = opened.convert("RGBA")
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise Refused(
            "logo", "the picture has more than 16 million pixels", "use a smaller one"
        ) from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise Refused("logo", "this is no PNG picture", "save it as PNG and try again") from error
    drawn.thumbnail(BOX)
    clean = Image.new("RGBA", drawn.size)
    clean.paste(drawn)
    out = io.BytesIO()
    clean.save(out, "PNG", optimize=True)
    return Reply({"width": clean.width, "height": clean.height}, {"png": out.getvalue()})
