//! What a passkey must be, shown by a device made of software.

use testkit::passkey::{Device, PRESENT, VERIFIED, asked};

use super::*;

const CHALLENGE: &[u8] = b"a challenge of the city";

fn site() -> Site {
    Site::at("https://city.test").unwrap()
}

fn made(device: &Device) -> Result<Passkey, PasskeyError> {
    let asked = asked("webauthn.create", CHALLENGE, "https://city.test");
    take_new(&site(), CHALLENGE, &asked, &device.attestation("city.test", 0x26))
}

fn shows(
    device: &Device,
    passkey: &Passkey,
    asked: &[u8],
    host: &str,
) -> Result<u32, PasskeyError> {
    let (data, signature) = device.shows(host, asked);
    let shown = Assertion { client_data: asked, device_data: &data, signature: &signature };
    check(&site(), CHALLENGE, passkey, &shown, Holder::Verified)
}

fn asked_here() -> Vec<u8> {
    asked("webauthn.get", CHALLENGE, "https://city.test")
}

#[test]
fn what_a_device_has_made_it_can_show_again() {
    let mut device = Device::new(7);
    let mut passkey = made(&device).unwrap();
    assert_eq!(passkey.id, [b'k', 7]);
    // One that never counts.
    assert_eq!(shows(&device, &passkey, &asked_here(), "city.test"), Ok(0));
    assert_eq!(shows(&device, &passkey, &asked_here(), "city.test"), Ok(0));
    // One that does: never the same again, never backwards.
    device.counter = 5;
    passkey.counter = shows(&device, &passkey, &asked_here(), "city.test").unwrap();
    for counted in [5, 4, 0] {
        device.counter = counted;
        let shown = shows(&device, &passkey, &asked_here(), "city.test");
        assert_eq!(shown, Err(PasskeyError::CountedBackwards), "{counted}");
    }
}

#[test]
fn what_was_shown_elsewhere_or_for_something_else_is_refused_by_its_name() {
    let mut device = Device::new(7);
    let passkey = made(&device).unwrap();
    let of = |kind, challenge, origin| {
        shows(&device, &passkey, &asked(kind, challenge, origin), "city.test")
    };
    let here = "https://city.test";
    assert_eq!(of("webauthn.get", b"another", here), Err(PasskeyError::OtherChallenge));
    let evil = of("webauthn.get", CHALLENGE, "https://city.test.evil.example");
    assert_eq!(evil, Err(PasskeyError::OtherSite));
    assert_eq!(of("webauthn.create", CHALLENGE, here), Err(PasskeyError::Unreadable));
    let elsewhere = shows(&device, &passkey, &asked_here(), "evil.example");
    assert_eq!(elsewhere, Err(PasskeyError::OtherSite));
    let other = Device::new(8);
    let foreign = shows(&other, &passkey, &asked_here(), "city.test");
    assert_eq!(foreign, Err(PasskeyError::BadSignature));
    device.flags = PRESENT;
    let unknown = shows(&device, &passkey, &asked_here(), "city.test");
    assert_eq!(unknown, Err(PasskeyError::NotVerified));
    device.flags = VERIFIED;
    assert_eq!(made(&device), Err(PasskeyError::NotPresent));
}

#[test]
fn a_key_of_another_kind_or_with_bytes_left_over_is_not_taken() {
    let device = Device::new(7);
    let asked = asked("webauthn.create", CHALLENGE, "https://city.test");
    let other = take_new(&site(), CHALLENGE, &asked, &device.attestation("city.test", 0x27));
    assert_eq!(other, Err(PasskeyError::OtherAlgorithm));
    let whole = device.attestation("city.test", 0x26);
    // The right algorithm over another curve (RFC 9053: P-384 is 2).
    let mut curve = whole.clone();
    let place = curve.windows(3).position(|part| part == [0x20, 1, 0x21]).expect("the curve");
    curve[place + 1] = 2;
    let other = take_new(&site(), CHALLENGE, &asked, &curve);
    assert_eq!(other, Err(PasskeyError::OtherAlgorithm));
    for end in 0..whole.len() {
        assert!(take_new(&site(), CHALLENGE, &asked, &whole[..end]).is_err(), "{end}");
    }
    let more = [whole.as_slice(), &[0]].concat();
    assert_eq!(take_new(&site(), CHALLENGE, &asked, &more), Err(PasskeyError::Unreadable));
}

#[test]
fn a_site_has_passkeys_by_name_and_encrypted_or_on_ones_own_machine() {
    let at = |url| Site::at(url).map(|site| (site.origin, site.host));
    let named = |origin: &str, host: &str| Ok((origin.to_owned(), host.to_owned()));
    assert_eq!(
        at("https://www.Ezhou.example"),
        named("https://www.ezhou.example", "www.ezhou.example")
    );
    assert_eq!(at("https://a.example:8443/x"), named("https://a.example:8443", "a.example"));
    assert_eq!(at("https://a.example:443"), named("https://a.example", "a.example"));
    assert_eq!(at("http://127.0.0.1:8080"), named("http://localhost:8080", "localhost"));
    assert_eq!(at("http://[::1]:8080"), named("http://localhost:8080", "localhost"));
    assert_eq!(at("http://a.example"), Err(NoPasskeys::InTheOpen));
    assert_eq!(at("https://"), Err(NoPasskeys::Nameless));
    assert_eq!(at("https://10.0.0.5"), Err(NoPasskeys::ByNumber));
    assert_eq!(at("https://[2001:db8::1]:443"), Err(NoPasskeys::ByNumber));
}
