//! Messages of gateways: what is read is written and read the same, and nothing that was not signed holds or opens.

use std::sync::LazyLock;

use base::{Id, Moment};
use message::{
    Draft, End, Item, Kind, Limits, Message, Opener, Packet, Sealer, Sender, SignedTerms, Verified,
};
use seal::cert::{Authority, Certificate, Issue, Lists, Profile, Serial, Subject, Trust};
use seal::{LogKey, SigningKey};

/// 2026-03-02.
const NOW: Moment = Moment::from_millis(1_772_380_800_000);
const BODY_BYTES_MAX: u64 = 64 * 1024;
const LIMITS: Limits =
    Limits { skew_seconds: 300, life_seconds_max: 86_400, body_bytes_max: BODY_BYTES_MAX };

struct Known {
    trust: Trust,
    certificate: Certificate,
    organs: Vec<String>,
    opener: Opener,
    bytes: Vec<u8>,
}

static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let (from, until) = (NOW.plus_seconds(-86_400), NOW.plus_seconds(86_400));
    let [ca, key, sealing] = std::array::from_fn(|_| SigningKey::generate());
    let root = Authority::found(&Subject::named("根"), ca, Serial::mint(), from, until);
    let root = root.expect("a root");
    let issue = |name: &str, key: &SigningKey, profile| {
        let issue = Issue {
            serial: Serial::mint(),
            subject: &Subject::named(name),
            key: &key.public(),
            profile,
            from,
            until,
            list: None,
            ocsp: None,
        };
        root.issue(&issue).expect("a certificate")
    };
    let certificate = issue("housing", &key, Profile::Signature);
    let to = issue("centre", &sealing, Profile::Encipherment);
    let draft = Draft {
        id: Id::from_bits(1),
        kind: Kind::Ask,
        from: End::new("housing", "zjj"),
        to: End::new("centre", "city"),
        at: NOW,
        expires: NOW.plus_seconds(60),
        in_reply_to: None,
        resource: "population.person".into(),
        purpose: "check".into(),
        fields: vec!["name".into()],
        terms: None,
        order: None,
    };
    let sealed = draft.seal(&Sealer::default(), &to, &certificate.fingerprint(), b"who");
    let batch = vec![sealed.expect("it is sealed")];
    let signed = message::sign_batch(&LogKey::Here(key), "housing", batch).expect("it is signed");
    let items = signed.into_iter().map(|message| Item { message, terms: None }).collect();
    Known {
        trust: Trust::new(Lists::IfThere).root(root.certificate().clone()).expect("a root"),
        certificate,
        organs: vec!["zjj".into()],
        opener: Opener::new(vec![(to.fingerprint(), sealing)]),
        bytes: Packet { sent: NOW, items }.to_bytes(),
    }
});

/// Takes the bytes as a packet, a message and terms, and for a change to a packet that holds.
pub fn check(bytes: &[u8]) {
    packet(bytes);
    if let Ok(read) = Message::read(bytes, BODY_BYTES_MAX) {
        assert_eq!(read.to_bytes(), bytes, "it reads back");
        judged(&read);
    }
    if let Ok(read) = SignedTerms::read(bytes) {
        assert_eq!(read.to_bytes(), bytes, "they read back");
        assert!(read.is_signed_by(&KNOWN.certificate).is_err(), "nobody has signed them");
    }
    let [high, low, gone, new @ ..] = bytes else { return };
    let mut changed = KNOWN.bytes.clone();
    let from = usize::from(u16::from_be_bytes([*high, *low])) % changed.len();
    let to = (from + usize::from(*gone)).min(changed.len());
    changed.splice(from..to, new.iter().copied());
    packet(&changed);
}

fn packet(bytes: &[u8]) {
    let Ok(read) = Packet::read(bytes, BODY_BYTES_MAX) else { return };
    assert_eq!(read.to_bytes(), bytes, "it reads back");
    read.items.iter().for_each(|item| judged(&item.message));
}

/// Only the one message that was signed holds, and only that one opens.
fn judged(message: &Message) {
    let known = &*KNOWN;
    let sender = Sender {
        gateway: "housing",
        organs: &known.organs,
        certificate: &known.certificate,
        as_of: None,
    };
    let mut verified = Verified::default();
    let holds =
        message::check(message, &sender, &known.trust, (NOW, &LIMITS), &mut verified).is_ok();
    let whole = Packet::read(&known.bytes, BODY_BYTES_MAX).expect("a packet");
    let same = whole.items.iter().any(|item| item.message == *message);
    assert_eq!(holds, same, "only what was signed holds");
    if holds {
        let plain = known.opener.open(message.header(), message.body());
        assert_eq!(plain.as_deref(), Ok(&b"who"[..]));
    }
}
