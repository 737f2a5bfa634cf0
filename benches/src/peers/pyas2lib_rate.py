"""How many exchanges a second pyas2lib makes with so many processes: a message of so many bytes, signed and enciphered,
opened by its receiver, answered by a signed receipt that the sender checks. In memory: no network, nothing kept."""

import re
import subprocess
import sys
import tempfile
import time
from multiprocessing import Pool
from pathlib import Path

# oscrypto 1.3.0 takes versions of OpenSSL for its own only up to one digit (3.0.9): it is told the first.
# oscrypto 1.3.0 knows a version of OpenSSL with one digit at its end (3.0.9), not with two: it is shown the first.
search, known = re.search, r"\b(\d\.\d\.\d[a-z]*)\b"
re.search = lambda pattern, *rest: search(known[:-2] if pattern == known else pattern, *rest)
from pyas2lib import as2  # noqa: E402

re.search = search

SECONDS = 6


def partners(folder: str) -> tuple[as2.Organization, as2.Partner]:
    """One key for both sides, RSA of 2,048 bits as AS2 is used with."""
    key, certificate = Path(folder, "key"), Path(folder, "certificate")
    if not certificate.exists():
        command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=bench -keyout".split()
        subprocess.run([*command, key, "-out", certificate], check=True, capture_output=True)
    own = key.read_bytes() + certificate.read_bytes()
    organization = as2.Organization(
        as2_name="sender", sign_key=own, decrypt_key=own
    )
    partner = as2.Partner(
        as2_name="receiver",
        verify_cert=certificate.read_bytes(),
        encrypt_cert=certificate.read_bytes(),
        validate_certs=False,
        sign=True,
        encrypt=True,
        digest_alg="sha256",
        enc_alg="aes_128_cbc",
        mdn_mode=as2.SYNCHRONOUS_MDN,
        mdn_digest_alg="sha256",
    )
    return organization, partner


def exchanges(work: tuple[str, int]) -> float:
    folder, size = work
    organization, partner = partners(folder)
    data = b"<row>0123456789</row>" * (size // 21)

    def exchange() -> None:
        out = as2.Message(organization, partner)
        out.build(data, content_type="application/xml")
        taken = as2.Message()
        status, _, receipt = taken.parse(
            out.headers_str + b"\r\n" + out.content,
            find_org_cb=lambda _: organization,
            find_partner_cb=lambda _: partner,
            find_message_cb=lambda *_: False,
        )
        assert status == "processed", status
        status, _ = as2.Mdn().parse(
            receipt.headers_str + b"\r\n" + receipt.content, find_message_cb=lambda *_: out
        )
        assert status == "processed", status

    exchange()
    count, began = 0, time.perf_counter()
    while time.perf_counter() - began < SECONDS:
        exchange()
        count += 1
    return count / (time.perf_counter() - began)


if __name__ == "__main__":
    size, processes = int(sys.argv[1]), int(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        partners(folder)
        with Pool(processes) as pool:
            print(sum(pool.map(exchanges, [(folder, size)] * processes)))
