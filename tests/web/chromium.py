"""Chromium, as a person has it in front: a language, a width, light or dark, a keyboard and a clipboard."""

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

ARGUMENTS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
             "--disable-background-networking", "--force-color-profile=srgb")

# For each element with text of its own: the text, its colour, the colour behind it, and its font size.
TEXTS = """
const opaque = (colour) => !/^rgba\\(.*, 0\\)$/.test(colour);
const behind = (e) => (e === null ? 'rgb(255, 255, 255)'
	: opaque(getComputedStyle(e).backgroundColor) ? getComputedStyle(e).backgroundColor : behind(e.parentElement));
return [...document.body.querySelectorAll('*')]
	.filter((e) => e.tagName !== 'SCRIPT' && e.getClientRects().length
		&& (e.value || [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim())))
	.map((e) => [(e.value || e.textContent).slice(0, 40), getComputedStyle(e).color, behind(e)]);
"""

# What lies over the right edge of the window.
TOO_WIDE = """
return [document.documentElement, ...document.body.querySelectorAll('*')]
	.filter((e) => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 1 && getComputedStyle(e).display !== 'inline'
		|| e.getBoundingClientRect().right > window.innerWidth + 1)
	.map((e) => e.outerHTML.slice(0, 60));
"""


class Chromium(webdriver.Chrome):
    """The browser; its session is one for all tests, and reset() makes it as new."""

    def __init__(self, profile):
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        for argument in (*ARGUMENTS, f"--user-data-dir={profile}"):
            options.add_argument(argument)
        super().__init__(service=Service("/usr/bin/chromedriver"), options=options)
        self.set_page_load_timeout(60)
        self.set_script_timeout(60)

    def reset(self):
        self.get("about:blank")
        self.get_log("browser")
        self.speak("en-US,en")
        self.look(scheme="light", width=1024)

    def complaints(self):
        """What the console has: errors, warnings, broken policies."""
        return [entry["message"] for entry in self.get_log("browser") if "favicon" not in entry["message"]]

    def speak(self, languages):
        """The languages that the person wants, as in Accept-Language; navigator.languages follows."""
        agent = self.execute_script("return navigator.userAgent")
        self.execute_cdp_cmd("Network.enable", {})
        self.execute_cdp_cmd("Network.setUserAgentOverride", {"userAgent": agent, "acceptLanguage": languages})

    def look(self, scheme, width, height=800):
        self.execute_cdp_cmd("Emulation.setEmulatedMedia",
                             {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
        self.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                             {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600})

    def text(self):
        """What is on the page to read."""
        return self.find_element(By.TAG_NAME, "main").text

    def label(self):
        """For whom the page says the sign-in is, or None."""
        found = self.find_elements(By.CSS_SELECTOR, ".for bdi")
        return found[0].text if found else None

    def fields(self):
        return self.find_elements(By.TAG_NAME, "textarea")

    def buttons(self):
        return self.find_elements(By.TAG_NAME, "button")

    def answers(self):
        """What the page gives to paste, line by line."""
        return [field.get_property("value") for field in self.fields()]

    def clipboard(self):
        """What is in it; the page itself may only write there."""
        self.execute_cdp_cmd("Browser.grantPermissions",
                             {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]})
        return self.execute_async_script(
            "const done = arguments[0]; navigator.clipboard.readText().then(done, (e) => done('' + e));")

    def press(self, *keys):
        """Keys of the keyboard, wherever the focus is."""
        self.switch_to.active_element.send_keys(*keys)

    def tab(self):
        self.press(Keys.TAB)
        return self.switch_to.active_element

    def texts(self):
        """For each piece of text: the text, its colour and the colour behind it."""
        return self.execute_script(TEXTS)

    def too_wide(self):
        return self.execute_script(TOO_WIDE)

    def accessible(self):
        """What a screen reader is told: a list of (role, name)."""
        nodes = self.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
        return [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes
                if not node["ignored"] and "role" in node]
