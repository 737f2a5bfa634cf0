//! What an agent signs: texts of the city alone, each in its one form, and nothing that a terminal would obey.

use hall::{Unfit, shown_to_signer};

/// Takes the bytes for a text that a page wants signed.
pub fn check(bytes: &[u8]) {
    let text = crate::text(bytes);
    let site = "https://www.ezhou.example".to_owned();
    let here = shown_to_signer(&text, std::slice::from_ref(&site));
    if let Ok(lines) = &here {
        assert!(!lines.is_empty(), "something is shown");
        let obeyed = lines.iter().flat_map(|line| line.chars()).find(|c| c.is_control());
        assert_eq!(obeyed, None, "nothing is obeyed by a terminal");
        let nowhere = shown_to_signer(&text, &[]);
        if text.starts_with('{') {
            let act: serde_json::Value = serde_json::from_str(&text).expect("an act is JSON");
            let canonical = serde_json_canonicalizer::to_vec(&act).expect("canonical");
            assert_eq!(canonical, text.as_bytes(), "an act has one form");
            assert!(act["who"]["account"].is_string(), "an act that is signed is a person's");
        } else {
            assert!(text.contains(&site), "it says for which site it is");
            assert_eq!(nowhere, Err(Unfit::OtherSite), "it is signed for that site alone");
        }
    }
}
