//! `cityhall verify`: proofs are checked with the log's public key alone; no city is opened.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use base::Outcome;
use ledger::Verdict;
use seal::PublicKey;

use crate::city;
use crate::line::{Verify, say};

/// Checks what the line names, with the key it names or the one in the data folder.
pub fn verify(data: &Path, what: Verify) -> Outcome<ExitCode> {
    match what {
        Verify::Receipt { file, key } => {
            let key = key_of(data, key)?;
            told(&file, |text| ledger::verify(text, &key), "这份回执")
        }
        Verify::Export { file, key } => {
            let key = key_of(data, key)?;
            told(&file, |text| ledger::verify_export(text, &key), "这份导出")
        }
        Verify::Log(asked) => {
            let key = key_of(data, asked.key.clone())?;
            let witnesses = asked.witness.iter().map(|named| super::named_key(named));
            let witnesses: Vec<_> = witnesses.collect::<Outcome<_>>()?;
            crate::log::verify(&asked, &key, &witnesses)
        }
    }
}

fn key_of(data: &Path, key: Option<PathBuf>) -> Outcome<PublicKey> {
    super::read_key(&key.unwrap_or_else(|| data.join(city::LOG_KEY)))
}

/// Says what was looked at in a file, and yes or no.
fn told(file: &Path, check: impl Fn(&str) -> Verdict, what: &str) -> Outcome<ExitCode> {
    let verdict = match std::fs::read(file) {
        // A file that is not UTF-8 proves nothing: that is a verdict, not a fault.
        Ok(bytes) => check(&String::from_utf8_lossy(&bytes)),
        Err(error) => return Err(crate::files::unreadable(file, &error).into()),
    };
    for check in &verdict.checks {
        say(format!("{} {}：{}", if check.holds { "✓" } else { "✗" }, check.part, check.words));
    }
    if verdict.holds() {
        say(format!("是：{what}有效"));
        Ok(ExitCode::SUCCESS)
    } else {
        say(format!("否：{what}无效"));
        Ok(ExitCode::FAILURE)
    }
}
