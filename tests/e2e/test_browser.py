"""Once with a real browser, on the IdP's own pages."""

import pytest
from hosts import PATIENCE, ssh
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.expected_conditions import presence_of_element_located
from selenium.webdriver.support.ui import WebDriverWait
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
        if not browser.find_elements(By.NAME, "login")[0].get_attribute("value"):
            find(browser, "input[name=login]").send_keys("alice")
        find(browser, "input[name=password]").send_keys("any password")
        press(browser, "button.login-submit")
        press(browser, "button.login-submit")
        assert "Sign-in Success" in browser.page_source
        session.enter()
        assert session.opened() == "alice"
