#!/usr/bin/python3
"""The policy of conf/www/callback.html names its one style and its one script by their hashes.

As a program it writes the hashes anew, after a change to either.
"""

import base64
import hashlib
import pathlib
import re

PAGE = pathlib.Path(__file__).resolve().parents[2] / "conf" / "www" / "callback.html"


def source(page, name):
    """What the policy has to say of the page's NAME: script or style."""
    (contents,) = re.findall(f"<{name}>(.*?)</{name}>", page, re.DOTALL)
    return f"'sha256-{base64.b64encode(hashlib.sha256(contents.encode()).digest()).decode()}'"


def main():
    page = PAGE.read_text(encoding="utf-8")
    for name in ("script", "style"):
        page = re.sub(f"{name}-src '[^']*'", f"{name}-src {source(page, name)}", page, count=1)
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
