"""A department's own system, by Authlib: signs a clerk in at a running CityHall, and tries what must not go.

    client.py URL CLIENT_ID CLIENT_SECRET ACCOUNT PASSWORD
"""

import html.parser
import sys
import urllib.parse

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.jose import JsonWebKey, JsonWebToken
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken

url, client_id, client_secret, account, password = sys.argv[1:]
# Any port of one's own machine (RFC 8252 7.3).
redirect = "http://127.0.0.1:53712/callback"


class Page(html.parser.HTMLParser):
    """The fields of the forms of a page."""

    def __init__(self, text):
        super().__init__()
        self.fields = {}
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "input" and "name" in attrs:
            self.fields[attrs["name"]] = attrs.get("value", "")


def refused(error, call):
    """What must be refused with this error of the protocol."""
    try:
        call()
    except OAuthError as told:
        assert told.error == error, told
    else:
        raise AssertionError(f"not refused: {error}")


# Discovery.
told = requests.get(f"{url}/.well-known/openid-configuration", timeout=10).json()
assert told["issuer"] == url, told
assert told["code_challenge_methods_supported"] == ["S256"]
client = OAuth2Session(
    client_id,
    client_secret,
    scope="openid profile posts",
    redirect_uri=redirect,
    code_challenge_method="S256",
)
verifier, nonce = generate_token(48), generate_token()
address, state = client.create_authorization_url(
    told["authorization_endpoint"], code_verifier=verifier, nonce=nonce, max_age=600
)

# The clerk's browser: it is led to the sign-in page, posts the form, and goes back.
browser = requests.Session()
page = browser.get(address, timeout=10)
form = Page(page.text).fields
assert "password" in form, page.text
form.update(account=account, password=password)
page = browser.post(f"{url}/sign-in", data=form, timeout=10)
onward = page.headers["Refresh"].split("url=", 1)[1]
answer = browser.get(urllib.parse.urljoin(url, onward), allow_redirects=False, timeout=10)
back = answer.headers["Location"]
assert back.startswith(redirect + "?"), back
query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(back).query))
assert (query["state"], query["iss"]) == (state, url), query

# A code that was stolen is worth nothing without the verifier, nor as somebody else.
refused("invalid_grant", lambda: client.fetch_token(
    told["token_endpoint"], code=query["code"], code_verifier=generate_token(48)))
token = client.fetch_token(told["token_endpoint"], authorization_response=back, code_verifier=verifier)

# The ID token by the published keys.
keys = JsonWebKey.import_key_set(requests.get(told["jwks_uri"], timeout=10).json())
claims = JsonWebToken(["ES256"]).decode(
    token["id_token"],
    keys,
    claims_cls=CodeIDToken,
    claims_options={"iss": {"value": url}, "aud": {"value": client_id}},
    claims_params={
        "nonce": nonce, "client_id": client_id, "access_token": token["access_token"], "max_age": 600,
    },
)
claims.validate(leeway=5)
assert claims["acr"] == "urn:cityhall:acr:password" and claims["amr"] == ["pwd"], claims

# Who it is.
person = client.get(told["userinfo_endpoint"], timeout=10).json()
assert person["sub"] == claims["sub"], person

# The next pair, and the old one again: somebody else has it, so the family is over.
first = token["refresh_token"]
second = client.refresh_token(told["token_endpoint"], refresh_token=first)
assert second["refresh_token"] != first
assert client.get(told["userinfo_endpoint"], timeout=10).status_code == 200
refused("invalid_grant", lambda: client.refresh_token(told["token_endpoint"], refresh_token=first))
client.token = second
held = requests.get(
    told["userinfo_endpoint"], headers={"Authorization": f"Bearer {second['access_token']}"}, timeout=10)
assert held.status_code == 401, held.text
refused("invalid_grant", lambda: client.refresh_token(
    told["token_endpoint"], refresh_token=second["refresh_token"]))

# Signed in already: a second system visit needs no password; its token is given back.
address, state = client.create_authorization_url(
    told["authorization_endpoint"], code_verifier=verifier, prompt="none")
back = browser.get(address, allow_redirects=False, timeout=10).headers["Location"]
token = client.fetch_token(
    told["token_endpoint"], authorization_response=back, code_verifier=verifier, state=state)
assert client.get(told["userinfo_endpoint"], timeout=10).status_code == 200
client.revoke_token(told["revocation_endpoint"], token=token["refresh_token"])
gone = requests.get(
    told["userinfo_endpoint"], headers={"Authorization": f"Bearer {token['access_token']}"}, timeout=10)
assert gone.status_code == 401, gone.text

print(person["name"], person["posts"][0]["organ_name"])
