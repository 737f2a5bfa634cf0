//! `cityhall sign`: signs a text with a key in a file or in a token; asks for a certificate; puts a key file under a
//! passphrase. What a token keeps in its hardware may stand in a file here, for trials and machines: that is never called
//! compliant.

use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use base::{Fault, Outcome, Refusal, RefusalKind};
use data_encoding::BASE64;
use seal::SigningKey;
use seal::cert::{Certificate, Request, Subject};

use crate::agent::{self, AskPin, Passphrase, Tokens, shown};
use crate::line::{SignArgs, aside, say};

/// Signs a text, or asks for a certificate.
pub fn sign(args: &SignArgs) -> Outcome<ExitCode> {
    let passphrase = args.key.passphrase_file.as_deref();
    match (&args.key.key, &args.key.skf) {
        (Some(path), _) if args.protect => {
            agent::protect(path, passphrase, args.new_passphrase_file.as_deref())?;
            say(format!("{} 已经加上口令", path.display()));
        }
        (Some(path), _) if args.request.is_some() => {
            request(args, &key_for_request(path, passphrase)?)?;
        }
        (_, Some(library)) if args.certificate => {
            let facts = agent::facts(&args.key, library)?;
            let words = format!("令牌 {} 的容器 {} 里没有证书", facts.device, facts.container);
            let der = facts.certificate.ok_or_else(|| refused(&words))?;
            let pem = Certificate::read(&der).and_then(|read| read.to_pem());
            say(pem.map_err(|why| refused(&why.to_string()))?.trim_end());
        }
        _ => {
            let text = what_to_sign(args.file.as_deref())?;
            // Beside the signature, which alone goes to the output: what is decided, and on whom.
            let words = std::str::from_utf8(&text).ok().and_then(|text| shown(text, &[]).ok());
            words.iter().flatten().for_each(aside);
            let tokens = Tokens::open(&args.key, AskPin::EachTime)?;
            let signature = tokens.sign("", &text).map_err(|why| refused(&why.to_string()))?;
            say(BASE64.encode(&signature));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The key that a request is about: made where there is none.
fn key_for_request(path: &Path, passphrase: Option<&Path>) -> Outcome<SigningKey> {
    if !path.exists() {
        SigningKey::in_file(path).map_err(crate::city::unfit_keys)?;
    }
    agent::open_key(path, Passphrase::FileOrTerminal(passphrase))
}

fn request(args: &SignArgs, key: &SigningKey) -> Outcome<()> {
    let name = args.request.as_deref().unwrap_or_default();
    let subject = Subject { organization: args.organization.clone(), ..Subject::named(name) };
    let request = Request::make(&subject, key).map_err(|why| refused(&why.to_string()))?;
    say(request.to_pem().map_err(|why| refused(&why.to_string()))?.trim_end());
    Ok(())
}

fn refused(words: &str) -> Refusal {
    Refusal::new(RefusalKind::Invalid, "sign.refused", words.to_owned())
}

fn what_to_sign(file: Option<&Path>) -> Outcome<Vec<u8>> {
    let mut bytes = Vec::new();
    match file {
        Some(path) => {
            bytes = std::fs::read(path)
                .map_err(|error| refused(&format!("{}：读不到（{error}）", path.display())))?;
        }
        None => _ = std::io::stdin().read_to_end(&mut bytes).map_err(Fault::from)?,
    }
    Ok(as_shown(bytes))
}

fn begins(text: &str) -> bool {
    text.starts_with("cityhall") || text.starts_with("{\"at\":")
}

/// A text that a page showed is signed as it was shown, whatever line ends an editor gave it.
fn as_shown(bytes: Vec<u8>) -> Vec<u8> {
    match std::str::from_utf8(&bytes) {
        // An act's canonical bytes, and the texts of signing in; both end without a line feed.
        Ok(text) if begins(text.trim_start_matches('\u{feff}')) => {
            let text = text.trim_start_matches('\u{feff}').replace('\r', "");
            text.trim_end().as_bytes().to_vec()
        }
        _ => bytes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_a_page_is_signed_as_it_was_shown_and_any_other_as_it_is() {
        let shown = "cityhall\n事项：登录\n随机数：00".as_bytes();
        let saved = "\u{feff}cityhall\r\n事项：登录\r\n随机数：00\r\n\r\n".as_bytes();
        assert_eq!(as_shown(saved.to_vec()), shown);
        assert_eq!(as_shown(b"{\"at\":1}\r\n".to_vec()), b"{\"at\":1}");
        assert_eq!(as_shown(b"other\r\n".to_vec()), b"other\r\n");
        assert_eq!(as_shown(vec![0xff, 0x0d]), [0xff, 0x0d]);
    }
}
