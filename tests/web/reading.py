"""Pages as a person of the cast reads them."""

import re
import time
from html import unescape

from django.test import Client as Browser
from django.urls import reverse

from tests.factories import World


def browser_of(world: World, person: str) -> Browser:
    browser = Browser()
    browser.force_login(world.ours.people()[person])
    return browser


def proven(world: World, person: str) -> Browser:
    """A browser whose person proved a moment ago who they are."""
    browser, user = browser_of(world, person), world.ours.people()[person]
    session = browser.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    return browser


def address(world: World, name: str, row: str = "") -> str:
    arguments: dict[str, object] = {"slug": world.here.client.slug}
    if row:
        arguments["pk"] = getattr(world.here, row).pk
    return reverse(name, kwargs=arguments)


def html_of(world: World, person: str, url: str) -> str:
    answer = browser_of(world, person).get(url)
    assert answer.status_code == 200
    return str(answer.content.decode())


def words(html: str) -> str:
    """The page's main part as a reader takes it in."""
    main = html[html.index("<main") : html.index("</main>")]
    main = re.sub(r"<(script|svg)\b.*?</\1>", " ", main, flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", main)))


def page(world: World, person: str, name: str, row: str = "") -> str:
    return words(html_of(world, person, address(world, name, row)))


def column_heads(html: str) -> list[str]:
    """What the columns of the first table are called, without what chooses and sorts its rows."""
    table = html[html.index("<thead>") : html.index("</thead>")]
    table = re.sub(
        r'<label class="tick-all.*?</label>|<span class="sorting">.*?</span>',
        "",
        table,
        flags=re.DOTALL,
    )
    heads = re.findall(r'<th scope="col".*?</th>', table, flags=re.DOTALL)
    return [words(f"<main>{head}</main>").strip() for head in heads]
