//! `cityhall verify`: proofs are checked with the log's public key alone; no city is opened.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use base::{Outcome, Refusal, RefusalKind};
use delivery::evidence::Known;
use ledger::Verdict;
use seal::PublicKey;
use seal::cert::{Certificate, Lists, RevocationList, Span, Trust};
use seal::note::{Believed, LOG_KEYS_BYTES_MAX, LogKeys};

use crate::city;
use crate::line::{Verify, say};
use crate::log::kept::KEYS_FILE;

/// Checks what the line names, with the key it names or the one in the data folder.
pub fn verify(data: &Path, what: Verify) -> Outcome<ExitCode> {
    match what {
        Verify::Receipt { file, key, keys, trust } => {
            let (keys, trust) = (keys_of(data, key, keys)?, trusted(&trust)?);
            let check = |text: &str| ledger::verify_against(text, &*keys, trust.as_ref());
            told(&file, check, "这份回执", keys.known().len())
        }
        Verify::Export { file, key, keys, trust } => {
            let (keys, trust) = (keys_of(data, key, keys)?, trusted(&trust)?);
            let check = |text: &str| ledger::verify_export_against(text, &*keys, trust.as_ref());
            told(&file, check, "这份导出", keys.known().len())
        }
        Verify::Register { file, key, keys } => {
            let keys = keys_of(data, key, keys)?;
            let check = |text: &str| register::verify(text, &*keys, None);
            told(&file, check, "这份登记证明", keys.known().len())
        }
        Verify::Exchange { file, key, keys, authority } => {
            let keys = keys_of(data, key, keys)?;
            let authority = authority.map(|path| certificate(&path)).transpose()?;
            let known = Known { log: Some(&*keys), authority: authority.as_ref() };
            let check = |text: &str| delivery::evidence::verify(text, &known);
            told(&file, check, "这份交换凭证", keys.known().len())
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

/// The log's key, and where a list of its keys is named or lies beside it, those that the list leads to from it.
fn keys_of(data: &Path, key: Option<PathBuf>, list: Option<PathBuf>) -> Outcome<Box<dyn Believed>> {
    let of_data = key.is_none().then(|| data.join(KEYS_FILE)).filter(|list| list.exists());
    let key = key_of(data, key)?;
    let Some(list) = list.or(of_data) else { return Ok(Box::new(key)) };
    let unfit = |why: String| {
        let words = format!("{} 不能用来验证：{why}", list.display());
        Refusal::new(RefusalKind::Invalid, "verify.keys", words)
            .remedy("它是登记簿历次公钥的清单，城市在 /log/keys 公布；--key 是其中您信任的一把")
    };
    let bytes = crate::files::read(&list, LOG_KEYS_BYTES_MAX + 1).map_err(unfit)?;
    let text = String::from_utf8(bytes).map_err(|_| unfit("不是文本".into()))?;
    let keys = LogKeys::parse_trusting(&text, &key).map_err(|why| unfit(why.to_string()))?;
    Ok(Box::new(keys))
}

fn certificate(path: &Path) -> Outcome<Certificate> {
    let bytes = crate::files::read(path, 64 * 1024).map_err(|why| unfit(path, &why))?;
    Ok(Certificate::read(&bytes).map_err(|why| unfit(path, &why.to_string()))?)
}

/// The most bytes of a file of authorities: their lists may be long.
const TRUST_BYTES_MAX: usize = 64 * 1024 * 1024;

/// The authorities and lists of these files; none where no file is given.
fn trusted(files: &[PathBuf]) -> Outcome<Option<Trust>> {
    if files.is_empty() {
        return Ok(None);
    }
    let mut trust = Trust::new(Lists::IfThere);
    for file in files {
        let bytes = crate::files::read(file, TRUST_BYTES_MAX).map_err(|why| unfit(file, &why))?;
        let text = String::from_utf8(bytes).map_err(|_| unfit(file, "不是 PEM"))?;
        trust = with(trust, &text).map_err(|why| unfit(file, &why))?;
    }
    Ok(Some(trust))
}

/// The trust that what stands in a text of PEM adds: who signs its own certificate is a root, others are trusted by
/// who signs theirs; from when until when, the lines before it say.
fn with(mut trust: Trust, text: &str) -> Result<Trust, String> {
    const END: &str = "-----END ";
    let (mut found, mut rest) = (0, text);
    while let Some(at) = rest.find("-----BEGIN ") {
        let (before, block) = rest.split_at_checked(at).unwrap_or((rest, ""));
        let end = block.find(END).ok_or("最后一段 PEM 没有结尾")?;
        let line =
            block.get(end..).and_then(|line| line.find('\n')).map_or(block.len(), |n| end + n);
        let (pem, after) = block.split_at(line);
        rest = after;
        found += 1;
        if pem.starts_with("-----BEGIN X509 CRL-----") {
            let list = RevocationList::read(pem.as_bytes()).map_err(|why| why.to_string())?;
            trust = trust.list(list);
            continue;
        }
        let authority = Certificate::read(pem.as_bytes()).map_err(|why| why.to_string())?;
        let spans = Span::in_text(before).ok_or("证书前面的 cityhall-trusted 写得不对")?;
        trust = match authority.subject() == authority.issuer() {
            true => trust.root_within(authority, spans).map_err(|why| why.to_string())?,
            false => trust.between_within(authority, spans),
        };
    }
    if found == 0 { Err("里面没有 PEM 写的证书".into()) } else { Ok(trust) }
}

fn unfit(file: &Path, why: &str) -> Refusal {
    let words = format!("{} 不能用来判断证书：{why}", file.display());
    Refusal::new(RefusalKind::Invalid, "verify.trust", words)
        .remedy("文件里是签发机构的证书和它们的吊销列表，一段接一段，都是 PEM")
}

/// What a single key cannot know.
const OTHER_KEY: &str =
    "△ 登记簿的密钥可能更换过：请从城市的 /log/keys 取得历次公钥的清单，用 --keys 指明，再验证一次";

/// Says what was looked at in a file with so many keys, and yes or no.
fn told(
    file: &Path,
    check: impl Fn(&str) -> Verdict,
    what: &str,
    keys: usize,
) -> Outcome<ExitCode> {
    let verdict = match std::fs::read(file) {
        // A file that is not UTF-8 proves nothing: that is a verdict, not a fault.
        Ok(bytes) => check(&String::from_utf8_lossy(&bytes)),
        Err(error) => return Err(crate::files::unreadable(file, &error).into()),
    };
    for check in &verdict.checks {
        say(format!("{} {}：{}", if check.holds { "✓" } else { "✗" }, check.part, check.words));
    }
    verdict.unjudged.iter().for_each(|words| say(format!("△ {words}")));
    let of_log =
        |check: &&ledger::Check| ["group", "inclusion", "checkpoint"].contains(&check.part);
    if keys == 1 && verdict.checks.iter().filter(of_log).any(|check| !check.holds) {
        say(OTHER_KEY);
    }
    if verdict.holds() {
        say(format!("是：{what}有效"));
        Ok(ExitCode::SUCCESS)
    } else {
        say(format!("否：{what}无效"));
        Ok(ExitCode::FAILURE)
    }
}
