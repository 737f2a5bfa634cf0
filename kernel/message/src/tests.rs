//! Messages as gateways send them, and as others would like to have sent them.

use std::process::{Command, Stdio};
use std::sync::LazyLock;

use base::{Id, Moment};
use proptest::prelude::*;
use seal::cert::{
    Authority, Certificate, Issue, Lists, Profile, Reason, Revoked, Serial, Subject, Trust,
};
use seal::{LogKey, SigningKey};

use crate::*;

mod together;

/// 2026-03-02 00:00 in Beijing.
const NOW: Moment = Moment::from_millis(1_772_380_800_000);
const LIMITS: Limits =
    Limits { skew_seconds: 300, life_seconds_max: 7 * 86_400, body_bytes_max: 1_000_000 };

struct World {
    root: Authority,
    key: SigningKey,
    signing: Certificate,
    other: Certificate,
    other_key: SigningKey,
    sealing_key: SigningKey,
    sealing: Certificate,
    organs: Vec<String>,
}

fn issued(root: &Authority, name: &str, key: &SigningKey, profile: Profile) -> Certificate {
    let issue = Issue {
        serial: Serial::mint(),
        subject: &Subject::named(name),
        key: &key.public(),
        profile,
        from: NOW.plus_seconds(-86_400),
        until: NOW.plus_seconds(86_400),
        list: None,
        ocsp: None,
    };
    root.issue(&issue).unwrap()
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let [ca, key, other_key, sealing_key] = std::array::from_fn(|_| SigningKey::generate());
    let (from, until) = (NOW.plus_seconds(-86_400 * 9), NOW.plus_seconds(86_400 * 9));
    let root = Authority::found(&Subject::named("根"), ca, Serial::mint(), from, until).unwrap();
    World {
        signing: issued(&root, "housing", &key, Profile::Signature),
        other: issued(&root, "health", &other_key, Profile::Signature),
        sealing: issued(&root, "centre", &sealing_key, Profile::Encipherment),
        organs: vec!["ezhou-zjj".into()],
        root,
        key,
        other_key,
        sealing_key,
    }
});

impl World {
    fn trust(&self) -> Trust {
        Trust::new(Lists::IfThere).root(self.root.certificate().clone()).unwrap()
    }

    fn sender(&self) -> Sender<'_> {
        Sender { gateway: "housing", organs: &self.organs, certificate: &self.signing, as_of: None }
    }

    fn opener(&self) -> Opener {
        Opener::new(vec![(self.sealing.fingerprint(), self.sealing_key.clone())])
    }

    fn judge(&self, message: &Message) -> Result<(), Wrong> {
        let now = (NOW, &LIMITS);
        check(message, &self.sender(), &self.trust(), now, &mut Verified::default())
    }
}

fn draft() -> Draft {
    Draft {
        id: Id::mint(NOW),
        kind: Kind::Ask,
        from: End::new("housing", "ezhou-zjj"),
        to: End::new("centre", "ezhou"),
        at: NOW,
        expires: NOW.plus_seconds(3_600),
        in_reply_to: None,
        resource: "population.person".into(),
        purpose: "housing_subsidy".into(),
        fields: vec!["name".into()],
        terms: None,
        order: None,
    }
}

fn sealed(draft: Draft, plain: &[u8]) -> Sealed {
    let world = &*WORLD;
    draft.seal(&Sealer::default(), &world.sealing, &world.signing.fingerprint(), plain).unwrap()
}

fn signed(draft: Draft, plain: &[u8]) -> Message {
    let key = LogKey::Here(WORLD.key.clone());
    sign_batch(&key, "housing", vec![sealed(draft, plain)]).unwrap().remove(0)
}

#[test]
fn a_message_is_judged_opened_and_reads_back_the_same() {
    let unsigned = sealed(draft(), b"kept");
    assert_eq!(Sealed::read(&unsigned.to_bytes()).unwrap(), unsigned);
    let message = signed(draft(), "查询".as_bytes());
    let read = Message::read(&message.to_bytes(), 1_000).unwrap();
    assert_eq!(read, message);
    WORLD.judge(&read).unwrap();
    assert_eq!(WORLD.opener().open(read.header(), read.body()).unwrap(), "查询".as_bytes());
}

#[test]
fn one_message_of_a_batch_is_verified_without_the_others() {
    let key = LogKey::Here(WORLD.key.clone());
    let sealer = Sealer::default();
    let batch = (0..37).map(|n: u32| {
        let signer = WORLD.signing.fingerprint();
        draft().seal(&sealer, &WORLD.sealing, &signer, &n.to_be_bytes()).unwrap()
    });
    let batch = sign_batch(&key, "housing", batch.collect()).unwrap();
    let opener = WORLD.opener();
    for (n, message) in batch.iter().enumerate() {
        WORLD.judge(message).unwrap();
        let plain = opener.open(message.header(), message.body()).unwrap();
        assert_eq!(plain, (n as u32).to_be_bytes());
        assert_eq!(message.header().body.envelope, batch[0].header().body.envelope, "one session");
    }
    let mut moved = batch[3].to_bytes();
    let index = moved.len() - batch[3].proof().path.len() * 32 - 1 - 64 - 4;
    moved[index + 3] ^= 1;
    let moved = Message::read(&moved, 1_000).unwrap();
    assert_eq!(WORLD.judge(&moved), Err(Wrong::BadSignature));
}

#[test]
fn a_session_has_its_key_exchanged_after_its_time_and_its_uses() {
    let sealer = Sealer::default();
    let at = |moment: Moment| {
        let mut draft = draft();
        draft.at = moment;
        let sealed = draft.seal(&sealer, &WORLD.sealing, &[0; 32], b"").unwrap();
        sealed.header().body.envelope.clone()
    };
    let first = at(NOW);
    assert_eq!(at(NOW.plus_seconds(TURN_AFTER_SECONDS - 1)), first);
    let second = at(NOW.plus_seconds(TURN_AFTER_SECONDS));
    assert_ne!(second, first);
    for _ in 1..TURN_AFTER_USES {
        assert_eq!(at(NOW.plus_seconds(TURN_AFTER_SECONDS)), second);
    }
    assert_ne!(at(NOW.plus_seconds(TURN_AFTER_SECONDS)), second);
}

#[test]
fn who_the_sender_is_is_judged_by_what_the_city_keeps() {
    let of = |change: &dyn Fn(&mut Draft)| {
        let mut draft = draft();
        change(&mut draft);
        WORLD.judge(&signed(draft, b""))
    };
    let foreign = of(&|draft| draft.from.organ = "ezhou-wjw".into());
    assert_eq!(foreign, Err(Wrong::NotItsOrgan("ezhou-wjw".into())));
    let posing = of(&|draft| draft.from.gateway = "health".into());
    assert_eq!(posing, Err(Wrong::OtherGateway("health".into())));
    // The registered certificate signs, not one that the same authority gave to another.
    let key = LogKey::Here(WORLD.other_key.clone());
    let theirs = sealed(draft(), b"").signed_by(&WORLD.other.fingerprint()).unwrap();
    let theirs = sign_batch(&key, "housing", vec![theirs]).unwrap().remove(0);
    assert_eq!(WORLD.judge(&theirs), Err(Wrong::OtherCertificate));
    // Nor does a certificate in another name, even if it was registered by mistake.
    let mistaken = Sender { certificate: &WORLD.other, ..WORLD.sender() };
    let now = (NOW, &LIMITS);
    let judged = check(&theirs, &mistaken, &WORLD.trust(), now, &mut Verified::default());
    assert!(matches!(judged, Err(Wrong::OtherName { .. })), "{judged:?}");
}

#[test]
fn a_certificate_counts_in_its_time_and_until_it_is_taken_back() {
    let message = signed(draft(), b"");
    let judge = |trust: &Trust, now: Moment| {
        check(&message, &WORLD.sender(), trust, (now, &LIMITS), &mut Verified::default())
    };
    let late = judge(&WORLD.trust(), NOW.plus_seconds(2 * 86_400)).unwrap_err();
    assert_eq!(late.code(), "exchange.certificate_expired");
    assert!(late.to_string().contains("证书已经过期"), "{late}");
    let revoked = Revoked {
        serial: WORLD.signing.serial(),
        at: NOW.plus_seconds(-60),
        reason: Reason::KeyCompromise,
    };
    let (made, next) = (NOW.plus_seconds(-30), NOW.plus_seconds(86_400));
    let list = WORLD.root.list(1, made, next, &[revoked]).unwrap();
    let judged = judge(&WORLD.trust().list(list), NOW).unwrap_err();
    assert_eq!(judged.code(), "exchange.certificate_revoked");
}

#[test]
fn times_that_cannot_be_are_refused_in_words() {
    let at = |at: Moment, expires: Moment| {
        let mut draft = draft();
        (draft.at, draft.expires) = (at, expires);
        WORLD.judge(&signed(draft, b""))
    };
    let hours = at(NOW.plus_seconds(3 * 3_600), NOW.plus_seconds(4 * 3_600)).unwrap_err();
    assert_eq!(
        hours.to_string(),
        "发送方的时钟比中心快 3 小时 0 分，超过允许的偏差。请校准时钟后重新发送"
    );
    assert!(at(NOW.plus_seconds(200), NOW.plus_seconds(3_600)).is_ok(), "within what is allowed");
    assert_eq!(at(NOW.plus_seconds(-100), NOW), Err(Wrong::Expired));
    assert_eq!(at(NOW, NOW), Err(Wrong::Life(7)));
    assert_eq!(at(NOW, NOW.plus_seconds(8 * 86_400)), Err(Wrong::Life(7)));
    let behind = clock(NOW.plus_seconds(-3 * 3_600 - 120), NOW, 300).unwrap_err();
    assert!(behind.to_string().contains("慢 3 小时 2 分"), "{behind}");
    assert!(clock(NOW.plus_seconds(-300), NOW, 300).is_ok());
}

#[test]
fn half_a_message_and_one_that_is_too_large_are_told_apart() {
    let message = signed(draft(), &[7; 500]);
    let bytes = message.to_bytes();
    for length in 0..bytes.len() {
        let half = Message::read(&bytes[..length], 1_000).unwrap_err();
        assert!(matches!(half, Wrong::Half(_)), "{length}: {half}");
    }
    let large = Message::read(&bytes, 499).unwrap_err();
    assert_eq!(large.code(), "exchange.too_large");
    let more = Message::read(&[&bytes[..], b"x"].concat(), 1_000).unwrap_err();
    assert_eq!(more.code(), "exchange.shape");
}

#[test]
fn no_header_is_written_that_nobody_would_read() {
    let world = &*WORLD;
    let with = |names: usize| {
        let draft = Draft { fields: vec!["字".repeat(100); names], ..draft() };
        draft.seal(&Sealer::default(), &world.sealing, &world.signing.fingerprint(), b"x")
    };
    let written = with(100).unwrap().header().bytes().unwrap();
    assert!(Header::read(&written).is_ok());
    let long = with(120).unwrap_err();
    assert!(matches!(long, Wrong::HeaderTooLong { .. }), "{long}");
    assert_eq!(long.code(), "exchange.too_large");
}

#[test]
fn no_byte_of_a_message_can_change() {
    let message = signed(draft(), b"body");
    let bytes = message.to_bytes();
    for place in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[place] ^= 1;
        let judged = Message::read(&changed, 1_000).and_then(|read| WORLD.judge(&read));
        assert!(judged.is_err(), "byte {place}");
    }
}

#[test]
fn terms_let_pass_what_they_say_and_nothing_else() {
    let key = LogKey::Here(WORLD.other_key.clone());
    let terms = Terms {
        v: 1,
        consumer: "ezhou-zjj".into(),
        provider: "ezhou".into(),
        resource: "population.person".into(),
        purpose: "housing_subsidy".into(),
        about: "核对住房补贴申请".into(),
        fields: vec!["name".into(), "address".into()],
        ground: "政务数据共享条例第二十三条".into(),
        valid_seconds: 3_600,
        from: NOW.millis(),
        until: NOW.plus_seconds(86_400).millis(),
        signer: data_encoding::HEXLOWER.encode(&WORLD.other.fingerprint()),
    };
    let signed = SignedTerms::sign(terms.clone(), &key).unwrap();
    let read = SignedTerms::read(&signed.to_bytes()).unwrap();
    read.is_signed_by(&WORLD.other).unwrap();
    assert_eq!(read.is_signed_by(&WORLD.signing), Err(Wrong::OtherCertificate));
    let mut wider = read.clone();
    wider.terms.fields.push("phone".into());
    assert_eq!(wider.is_signed_by(&WORLD.other), Err(Wrong::BadSignature));
    let asks = |change: &dyn Fn(&mut Draft)| {
        let mut draft = draft();
        change(&mut draft);
        terms.cover(sealed(draft, b"").header(), NOW)
    };
    assert_eq!(asks(&|_| ()), Ok(()));
    let outside = asks(&|draft| draft.fields.push("phone".into())).unwrap_err();
    assert_eq!(outside, Wrong::FieldOutside("phone".into()));
    assert!(asks(&|draft| draft.purpose = "curiosity".into()).is_err());
    assert!(asks(&|draft| draft.resource = "population.dead".into()).is_err());
    assert!(asks(&|draft| draft.from.organ = "ezhou-wjw".into()).is_err());
    assert!(terms.cover(sealed(draft(), b"").header(), NOW.plus_seconds(86_400)).is_err());
}

#[test]
fn one_step_of_many_is_proved_by_its_path() {
    let steps: Vec<Step> = (0..9)
        .map(|n| Step::of(&signed(draft(), &[n]), StepKind::Stored, NOW).because("x"))
        .collect();
    let root = steps_root(&steps).unwrap();
    for proof in StepProof::of_all(&steps).unwrap() {
        assert_eq!(proof.root().as_ref(), Some(&root));
        let mut other = proof.clone();
        other.step.step = StepKind::Refused;
        assert_ne!(other.root().as_ref(), Some(&root));
    }
}

/// What `openssl` prints, if it agrees.
fn openssl(args: &[&str]) -> Option<Vec<u8>> {
    let output = Command::new("openssl").args(args).stderr(Stdio::null()).output().ok()?;
    output.status.success().then_some(output.stdout)
}

/// By `openssl` and the words of docs/exchange-format.md alone: the digest of the body, the leaf, the statement, the
/// signature, and the key of the envelope.
#[test]
fn openssl_judges_alike() {
    if openssl(&["genpkey", "-algorithm", "SM2"]).is_none() {
        return;
    }
    let dir = tempfile::TempDir::new().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let message = signed(draft(), b"plain words");
    let bytes = message.to_bytes();
    let length = u32::from_be_bytes(bytes[4..8].try_into().unwrap()) as usize;
    let leaf = file("leaf", &[&[0][..], &bytes[8..8 + length]].concat());
    let root = openssl(&["dgst", "-sm3", "-binary", &leaf]).unwrap();
    let hex = data_encoding::HEXLOWER.encode(&root);
    let statement =
        file("statement", format!("cityhall-messages-1\nhousing\n1\n{hex}\n").as_bytes());
    let number = |half: &[u8]| {
        let bare: Vec<u8> = half.iter().copied().skip_while(|byte| *byte == 0).collect();
        let lead = if bare[0] >= 0x80 { vec![0] } else { vec![] };
        [&[2, (bare.len() + lead.len()) as u8][..], &lead, &bare].concat()
    };
    let (r, s) = message.proof().signature.split_at(32);
    let numbers = [number(r), number(s)].concat();
    let signature = file("signature", &[&[0x30, numbers.len() as u8][..], &numbers].concat());
    let public = file("public.pem", WORLD.key.public().to_pem().unwrap().as_bytes());
    let verified = openssl(&[
        "pkeyutl",
        "-verify",
        "-pubin",
        "-inkey",
        &public,
        "-rawin",
        "-digest",
        "sm3",
        "-in",
        &statement,
        "-sigfile",
        &signature,
        "-pkeyopt",
        "distid:1234567812345678",
    ]);
    assert!(verified.is_some(), "openssl verifies the signature");
    let body = file("body", message.body());
    let digest = openssl(&["dgst", "-sm3", "-binary", &body]).unwrap();
    assert_eq!(data_encoding::HEXLOWER.encode(&digest), message.header().body.digest);
    let envelope = data_encoding::HEXLOWER.decode(message.header().body.envelope.as_bytes());
    let envelope = file("envelope", &envelope.unwrap());
    let private = file("private.pem", WORLD.sealing_key.to_pem().unwrap().as_bytes());
    let key = openssl(&["pkeyutl", "-decrypt", "-inkey", &private, "-in", &envelope]).unwrap();
    let [nonce, cipher] = [&message.body()[..12], &message.body()[12..message.body().len() - 16]];
    let start = [nonce, &[0, 0, 0, 2]].concat();
    let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(bytes);
    let cipher = file("cipher", cipher);
    // OpenSSL 3.0 has no SM4-GCM; its counter mode opens the text, only the tag is left out.
    let plain =
        openssl(&["enc", "-d", "-sm4-ctr", "-K", &hex(&key), "-iv", &hex(&start), "-in", &cipher]);
    assert_eq!(plain.unwrap(), b"plain words");
}

prop_compose! {
    fn any_draft()(
        kind in prop::sample::select(vec![Kind::Ask, Kind::Answer, Kind::Refusal, Kind::Publish, Kind::Ack]),
        resource in "[a-z]{1,10}\\.[a-z]{1,10}",
        purpose in "\\PC{0,40}",
        fields in prop::collection::vec("\\PC{1,20}", 0..5),
        key in prop::option::of(("\\PC{0,20}", 1u64..1_000)),
        reply in any::<Option<u64>>(),
        life in 1i64..86_400,
    ) -> Draft {
        Draft {
            kind,
            resource,
            purpose,
            fields,
            order: key.map(|(key, sequence)| Order { key, sequence }),
            in_reply_to: reply.map(|bits| Id::from_bits(bits.into())),
            expires: NOW.plus_seconds(life),
            ..draft()
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever is sent, in whatever company: it comes back as it was, holds by itself, and opens.
    #[test]
    fn packets_read_back_and_each_message_holds(
        drafts in prop::collection::vec((any_draft(), prop::collection::vec(any::<u8>(), 0..200)), 1..6)
    ) {
        let sealer = Sealer::default();
        let batch = drafts.iter().map(|(draft, plain)| {
            let signer = WORLD.signing.fingerprint();
            draft.clone().seal(&sealer, &WORLD.sealing, &signer, plain).unwrap()
        });
        let key = LogKey::Here(WORLD.key.clone());
        let messages = sign_batch(&key, "housing", batch.collect()).unwrap();
        let items = messages.into_iter().map(|message| Item { message, terms: None });
        let packet = Packet { sent: NOW, items: items.collect() };
        let read = Packet::read(&packet.to_bytes(), 1_000).unwrap();
        prop_assert_eq!(&read, &packet);
        let opener = WORLD.opener();
        for (item, (_, plain)) in read.items.iter().zip(&drafts) {
            prop_assert_eq!(WORLD.judge(&item.message), Ok(()));
            let opened = opener.open(item.message.header(), item.message.body());
            prop_assert_eq!(opened.as_ref(), Ok(plain));
        }
    }

    /// Whatever numbers come: each is taken once, and one that was taken is never taken again.
    #[test]
    fn a_window_takes_each_number_once(numbers in prop::collection::vec(0u64..400, 0..300)) {
        let (mut window, mut taken) = (Window::default(), std::collections::HashSet::new());
        for number in numbers {
            let arrival = window.take(number);
            if arrival == Arrival::Seen {
                let old = number + 128 <= window.highest;
                prop_assert!(number == 0 || old || taken.contains(&number));
            } else {
                prop_assert!(taken.insert(number), "{number} was taken twice");
            }
            prop_assert_eq!(window.look(number), Arrival::Seen);
        }
    }
}
