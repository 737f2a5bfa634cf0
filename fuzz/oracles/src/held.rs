//! What a person had typed when the session ended: it comes back as it was, for an hour, and only
//! onto a page of ours.

use std::sync::LazyLock;

use base::Moment;
use frame::held::{Held, is_local, query_escape};
use seal::Keys;
use url::Url;

static KEYS: LazyLock<Keys> = LazyLock::new(Keys::for_tests);

/// The first line is where it was going, the rest the body.
pub fn check(bytes: &[u8]) {
    let (target, body) = crate::headed(bytes);
    let now = Moment::from_millis(1_772_413_200_000);
    let held = Held::new(&target, body, now);
    let sealed = held.seal(&KEYS);
    let hour = now.plus_seconds(3_600);
    let opened = Held::open(&KEYS, &sealed, hour);
    assert_eq!(opened, is_local(&target).then_some(held), "it comes back as it was");
    assert_eq!(Held::open(&KEYS, &sealed, hour.plus_millis(1)), None, "for an hour");
    assert_eq!(Held::open(&KEYS, &crate::text(body), now), None, "nobody else can make one");
    let mut forged = sealed.into_bytes();
    let place = body.len() % forged.len();
    forged[place] = if forged[place] == b'A' { b'B' } else { b'A' };
    assert_eq!(Held::open(&KEYS, &crate::text(&forged), now), None, "nor change one");
    stays(&target);
}

/// A browser that is led to a page of ours stays with us.
fn stays(target: &str) {
    let here = Url::parse("https://city.test/sign-in").unwrap();
    if is_local(target) {
        let there = here.join(target).expect("an address");
        assert_eq!((there.scheme(), there.host_str()), ("https", Some("city.test")), "{target}");
    }
    let carried = format!("/sign-in?next={}", query_escape(target));
    let there = here.join(&carried).expect("an address");
    let read: Vec<_> = there.query_pairs().collect();
    assert_eq!(read, [("next".into(), target.into())], "an escaped text reads back");
}
