//! Parts of publications: what is read and fits is written and read the same, with the same digest.

use exchange::{Part, chained};

/// Takes the bytes for the body of a message.
pub fn check(bytes: &[u8]) {
    let Ok(part) = serde_json::from_slice::<Part>(bytes) else { return };
    if let Err(why) = part.fits() {
        assert!(!why.is_empty(), "nothing is refused without a reason");
        return;
    }
    let digest = chained("", &part).expect("rows of text have a digest");
    let kept = serde_json::to_vec(&part).expect("a part is written");
    let again: Part = serde_json::from_slice(&kept).expect("a part is read");
    assert_eq!(again, part, "a part reads back");
    assert_eq!(chained("", &again).ok(), Some(digest.clone()), "and has the same digest");
    let mut other = again;
    other.rows.push(vec![None; other.publication.items.len()]);
    assert_ne!(chained("", &other).ok(), Some(digest), "a row more is another");
}
