"""Once with a real browser, on the IdP's own pages."""

import pytest
from by_code import LOOPBACK, configure_code, configure_workstation
from hosts import HOSTS, PATIENCE, SERVICE, owner, ssh, sudo
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.expected_conditions import presence_of_element_located
from selenium.webdriver.support.ui import WebDriverWait
from test_screen_lock import lock
from world import configure


@pytest.fixture
def browser(tmp_path):
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    options.accept_insecure_certs = True  # the authority was made on the spot
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                     "--disable-background-networking", f"--user-data-dir={tmp_path}"):
        options.add_argument(argument)
    driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
    driver.set_page_load_timeout(PATIENCE)
    yield driver
    driver.quit()


def find(browser, selector):
    return WebDriverWait(browser, PATIENCE).until(presence_of_element_located((By.CSS_SELECTOR, selector)))


def press(browser, selector):
    """Presses a button and waits until its page is gone."""
    button = find(browser, selector)
    button.click()
    WebDriverWait(browser, PATIENCE).until(lambda _: is_gone(button))


def sign_in(browser, login):
    """On the IdP's sign-in and consent pages."""
    if not find(browser, "input[name=login]").get_attribute("value"):
        find(browser, "input[name=login]").send_keys(login)
    find(browser, "input[name=password]").send_keys("any password")
    press(browser, "button.login-submit")
    press(browser, "button.login-submit")


def clipboard(browser):
    browser.execute_cdp_cmd("Browser.grantPermissions", {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]})
    return browser.execute_async_script("navigator.clipboard.readText().then(arguments[0], arguments[0])")


def is_gone(element):
    try:
        element.is_enabled()
    except WebDriverException:
        return True
    return False


@pytest.mark.parametrize("complete", ["yes", "no"])
def test_chromium(idp, browser, complete):
    """The person opens the link, types or compares the code, signs in and consents; the shell opens."""
    configure(idp, prompt={"complete_link": complete})
    with ssh("alice") as session:
        session.prompt()
        browser.get(session.link)
        if complete == "no":
            find(browser, "input[name=user_code]").send_keys(session.code)
            press(browser, "button[form='op.deviceInputForm']")
        confirm = "button[autofocus][form='op.deviceConfirmForm']"
        find(browser, confirm)
        assert session.code in browser.page_source
        press(browser, confirm)
        sign_in(browser, "alice")
        assert "Sign-in Success" in browser.page_source
        session.enter()
        assert session.opened() == "alice"


def test_chromium_and_the_page(idp, browser, host):
    """The authorization code flow: the person reads for whom it is, presses Copy, and pastes into the terminal."""
    configure_code(idp)
    with HOSTS[host]("alice") as session:
        session.linked()
        browser.get(session.link)
        sign_in(browser, "alice")
        assert find(browser, ".for bdi").text == f"alice@machine ({SERVICE[host]})"
        find(browser, ".part button").click()
        WebDriverWait(browser, PATIENCE).until(lambda _: find(browser, ".part button").text == "Copied")
        assert browser.current_url == idp.page
        session.paste(clipboard(browser))
        assert session.opened() == owner(host, "alice")
    # The page sent nothing on, and asked for nothing.
    assert [r["path"] for r in idp.requests() if r["path"].startswith("/sso")] == ["/sso/callback.html"]


@pytest.mark.parametrize("begin, opened", [(lambda: sudo("alice"), "#"), (lock, "alice")], ids=["sudo", "vlock"])
def test_chromium_on_this_machine(idp, browser, begin, opened):
    """The browser itself brings the answer to the loopback address; the person presses Enter."""
    configure_workstation(idp)
    with begin() as session:
        session.linked()
        browser.get(session.link)
        sign_in(browser, "alice")
        assert "return to the terminal" in find(browser, "body").text
        assert browser.current_url.startswith("http://127.0.0.1:")
        session.enter()
        assert session.opened() == opened


def test_chromium_without_a_page(idp, browser):
    """Where nothing listens, the person pastes what stands in the address bar."""
    configure_workstation(idp)
    with ssh("alice") as session:
        session.linked()
        browser.get(session.link)
        sign_in(browser, "alice")
        WebDriverWait(browser, PATIENCE).until(lambda _: browser.current_url.startswith(LOOPBACK))
        assert "ERR_CONNECTION_REFUSED" in browser.page_source
        session.paste(browser.current_url)
        assert session.opened() == "alice"
