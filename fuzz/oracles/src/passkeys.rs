//! What browsers hand over of passkeys: bytes that nobody's device has made are no passkey of this challenge and open
//! nothing, and no byte of a signed assertion can change.

use std::sync::LazyLock;

use seal::passkey::{Assertion, Holder, Passkey, Site, check as judge, take_new};
use testkit::passkey::{Device, asked};

const CHALLENGE: &[u8] = b"a challenge of the city";
const HOST: &str = "city.test";

struct Known {
    site: Site,
    passkey: Passkey,
    made: Vec<u8>,
    asked_new: Vec<u8>,
    asked: Vec<u8>,
    data: Vec<u8>,
    signature: Vec<u8>,
}

static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let (device, origin) = (Device::new(1), "https://city.test");
    let site = Site::at(origin).expect("a site");
    let asked_new = asked("webauthn.create", CHALLENGE, origin);
    let made = device.attestation(HOST, 0x26);
    let passkey = take_new(&site, CHALLENGE, &asked_new, &made).expect("a passkey");
    let asked = asked("webauthn.get", CHALLENGE, origin);
    let (data, signature) = device.shows(HOST, &asked);
    Known { site, passkey, made, asked_new, asked, data, signature }
});

/// Takes the bytes for each part, for a change of each part, and for the address of a site.
pub fn check(bytes: &[u8]) {
    let known = &*KNOWN;
    let opens = |asked: &[u8], data: &[u8], signature: &[u8]| {
        let shown = Assertion { client_data: asked, device_data: data, signature };
        judge(&known.site, CHALLENGE, &known.passkey, &shown, Holder::Verified).is_ok()
    };
    assert!(opens(&known.asked, &known.data, &known.signature), "what was signed holds");
    assert!(!opens(bytes, &known.data, &known.signature) || bytes == known.asked);
    assert!(!opens(&known.asked, bytes, &known.signature) || bytes == known.data);
    if let Some(other) = changed(&known.asked, bytes) {
        assert!(!opens(&other, &known.data, &known.signature), "no byte of what was asked");
    }
    if let Some(other) = changed(&known.data, bytes) {
        assert!(!opens(&known.asked, &other, &known.signature), "no byte of what the device says");
    }
    for made in [Some(bytes.to_vec()), changed(&known.made, bytes)].into_iter().flatten() {
        let Ok(taken) = take_new(&known.site, CHALLENGE, &known.asked_new, &made) else { continue };
        assert!(!taken.id.is_empty() && taken.key.len() == 65, "a passkey has a name and a key");
    }
    if let Ok(site) = Site::at(&crate::text(bytes)) {
        let again = Site::at(&site.origin).expect("an origin is the address of its site");
        assert_eq!(again, site);
        assert!(site.origin.contains(&site.host) && !site.host.is_empty(), "{site:?}");
    }
}

/// The whole with one byte another: the first byte says which, the second how.
fn changed(whole: &[u8], bytes: &[u8]) -> Option<Vec<u8>> {
    let (&[at, by], _) = bytes.split_first_chunk::<2>()?;
    let at = usize::from(at) % whole.len();
    let mut other = whole.to_vec();
    *other.get_mut(at)? ^= by.max(1);
    Some(other)
}
