//! `cityhall.toml`: what is read is written into the data folder and read the same, and a letter
//! box that cannot work is refused when it is made.

use std::path::Path;

use hall::{Config, Mailer};

/// Takes the bytes for a configuration.
pub fn check(bytes: &[u8]) {
    let text = crate::text(bytes);
    let config = match Config::parse(&text) {
        Ok(config) => config,
        Err(fault) => {
            assert!(!fault.chain().is_empty());
            return;
        }
    };
    let written = toml::to_string_pretty(&config).expect("it can be written");
    let again = Config::parse(&written).expect("it reads back");
    assert_eq!(format!("{again:?}"), format!("{config:?}"), "it reads back the same");
    // A mailer of SMTP wants a runtime to be there; it asks nobody before it sends.
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let _entered = runtime.enter();
    let _ = Mailer::new(&config.mail, Path::new("nowhere"));
}
