//! Inquiries about certificates (OCSP) and their answers: what is read is answered by the authority alone, each
//! as it stands, and nothing of an answer can change.

use std::sync::LazyLock;

use base::Moment;
use seal::SigningKey;
use seal::cert::{Answer, Authority, Inquiry, Reason, Serial, Standing, Subject};

/// 2026-03-02.
const NOW: Moment = Moment::from_millis(1_772_380_800_000);
const UNTIL: Moment = NOW.plus_seconds(3_600);
const STANDINGS: [Standing; 2] = [Standing::Good, Standing::Revoked(NOW, Reason::KeyCompromise)];

struct Known {
    root: Authority,
    inquiry: Inquiry,
    answer: Answer,
}

static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let (from, until) = (NOW.plus_seconds(-86_400), NOW.plus_seconds(86_400));
    let (subject, key) = (Subject::named("根"), SigningKey::generate());
    let root = Authority::found(&subject, key, Serial::mint(), from, until).expect("a root");
    let serials = [Serial::mint(), Serial::mint()];
    let asked = Inquiry::about(root.certificate(), &serials, Some(b"once")).expect("an inquiry");
    let inquiry = Inquiry::read(&asked).expect("it reads back");
    let answer = root.answer(&inquiry, &STANDINGS, (NOW, UNTIL)).expect("an answer");
    Known { root, inquiry, answer }
});

/// Takes the bytes for an inquiry, for an answer, and for a change to an answer that holds.
pub fn check(bytes: &[u8]) {
    if let Ok(inquiry) = Inquiry::read(bytes) {
        let root = KNOWN.root.certificate();
        let serials = inquiry.serials(root).expect("digests are compared");
        let standings = vec![Standing::Good; serials.len()];
        let answer = KNOWN.root.answer(&inquiry, &standings, (NOW, UNTIL)).expect("an answer");
        assert!(answer.is_of(root) && answer.answers(&inquiry), "it answers what was asked");
        assert_eq!(answer.standings(), standings, "as it stands");
    }
    answer(bytes);
    let [high, low, gone, new @ ..] = bytes else { return };
    let mut changed = KNOWN.answer.der().to_vec();
    let from = usize::from(u16::from_be_bytes([*high, *low])) % changed.len();
    let to = (from + usize::from(*gone)).min(changed.len());
    changed.splice(from..to, new.iter().copied());
    answer(&changed);
}

fn answer(bytes: &[u8]) {
    let Ok(answer) = Answer::read(bytes) else { return };
    if answer.is_of(KNOWN.root.certificate()) {
        assert_eq!(answer.standings(), STANDINGS, "only what was signed is believed");
        assert!(answer.answers(&KNOWN.inquiry) && answer.made() == NOW, "nothing of it can change");
    }
}
