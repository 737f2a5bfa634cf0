//! `cityhall import`: documents through the editor's and the reviewer's desk; service items; the catalogue of data;
//! residents and the city's own rules by file.

mod catalogue;
mod items;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use access::Actor;
use base::{Fault, Outcome, Refusal, RefusalKind};
use frame::Hall;
use ledger::Signing;
use portal::{Taken, manuscript};
use register::{By, Report};

use crate::agent::{Passphrase, open_key};
use crate::control::Teller;
use crate::line::Import;

/// The largest file that is read.
const FILE_MAX: u64 = 8 * 1024 * 1024;

/// Paths as the server will find them, wherever it was started.
pub fn with_absolute_paths(import: Import) -> Outcome<Import> {
    let absolute = |path: PathBuf| std::path::absolute(path).map_err(Fault::from);
    Ok(match import {
        Import::Documents { paths, column, editor, reviewed_by } => Import::Documents {
            paths: paths.into_iter().map(absolute).collect::<Result<_, _>>()?,
            column,
            editor,
            reviewed_by,
        },
        Import::Items { paths, publisher, key, passphrase_file } => Import::Items {
            paths: paths.into_iter().map(absolute).collect::<Result<_, _>>()?,
            publisher,
            key: key.map(absolute).transpose()?,
            passphrase_file: passphrase_file.map(absolute).transpose()?,
        },
        Import::Catalogue { file, editor, reviewed_by, key, passphrase_file } => {
            Import::Catalogue {
                file: absolute(file)?,
                editor,
                reviewed_by,
                key: key.map(absolute).transpose()?,
                passphrase_file: passphrase_file.map(absolute).transpose()?,
            }
        }
        Import::AuditRules { file } => Import::AuditRules { file: absolute(file)? },
        Import::Residents { file } => Import::Residents { file: absolute(file)? },
        Import::Entities { file } => Import::Entities { file: absolute(file)? },
    })
}

/// Brings data in and tells how each file or line went. Says whether all went well.
pub async fn import(hall: &Arc<Hall>, import: Import, teller: &Teller) -> Outcome<bool> {
    match import {
        Import::Documents { paths, column, editor, reviewed_by } => {
            let editor = person(hall, &editor).await?;
            let reviewer = person(hall, &reviewed_by).await?;
            // Said once, and not of every file.
            portal::may_import(hall, &editor, &reviewer).await?;
            portal::may_import_into(hall, &column).await?;
            documents(hall, &paths, &column, &editor, &reviewer, teller).await
        }
        Import::Items { paths, publisher, key, passphrase_file } => {
            let work = items::items(hall, &paths, &publisher, teller);
            signed(hall, (key, passphrase_file), work).await
        }
        Import::Catalogue { file, editor, .. } if catalogue::is_sheet(&file) => {
            let editor = person(hall, &editor).await?;
            catalogue::sheet(hall, &file, &editor, teller).await
        }
        Import::Catalogue { file, editor, reviewed_by, key, passphrase_file } => {
            let reviewed_by = reviewed_by.ok_or_else(|| {
                let words = "没有写明由谁审核发布，没有导入";
                Refusal::new(RefusalKind::Invalid, "hall.no_reviewer", words)
                    .remedy("请用 --reviewed-by 写明审核人的用户名；表格导入为草稿，不用写")
            })?;
            let people = (person(hall, &editor).await?, person(hall, &reviewed_by).await?);
            let work = catalogue::resources(hall, &file, (&people.0, &people.1), teller);
            signed(hall, (key, passphrase_file), work).await
        }
        Import::AuditRules { file } => {
            let text = text_of(&file, FILE_MAX).map_err(|words| {
                let words = format!("{}：{words}", file.display());
                Refusal::new(RefusalKind::Invalid, "hall.unread", words)
            })?;
            let count = audit::enter_rules(hall, &text).await?;
            teller.tell(format!("✓ 写入本市的审计规则 {count} 条"));
            Ok(true)
        }
        Import::Residents { file } => residents(hall, &file, teller).await,
        Import::Entities { file } => entities(hall, &file, teller).await,
    }
}

/// Does this work with the key of a person, if one was named: the command plays that person's token.
async fn signed(
    hall: &Hall,
    (key, passphrase_file): (Option<PathBuf>, Option<PathBuf>),
    work: impl Future<Output = Outcome<bool>>,
) -> Outcome<bool> {
    let Some(key) = key else { return work.await };
    // The running server may do this: nobody sits there.
    let phrase = Passphrase::File(passphrase_file.as_deref());
    let key = tokio::task::block_in_place(|| open_key(&key, phrase))?;
    ledger::signing_with(Signing::with_key(key, hall.now()), work).await
}

async fn person(hall: &Hall, login: &str) -> Outcome<Actor> {
    let name = login.to_owned();
    let account = hall.store.read(move |r| access::account_by_login(r, &name)).await?;
    let account = account.ok_or_else(|| {
        let words = format!("没有 {login} 这个账户，没有导入");
        Refusal::new(RefusalKind::NotFound, "hall.no_account", words)
            .remedy("请用 --as 写明编辑的用户名，用 --reviewed-by 写明审核人的用户名")
    })?;
    Ok(frame::acting_as(&account, hall.now()))
}

async fn documents(
    hall: &Arc<Hall>,
    paths: &[PathBuf],
    column: &str,
    editor: &Actor,
    reviewer: &Actor,
    teller: &Teller,
) -> Outcome<bool> {
    let mut good = true;
    let (mut published, mut there) = (0, 0);
    for path in files(paths)? {
        let shown = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let manuscript = match text_of(&path, FILE_MAX) {
            Ok(text) => manuscript::read(&text),
            Err(words) => {
                teller.tell(format!("✗ {shown}：{words}"));
                good = false;
                continue;
            }
        };
        let Some(manuscript) = manuscript else {
            teller.tell(format!("✗ {shown}：里面没有题目或者没有正文"));
            good = false;
            continue;
        };
        let title = manuscript.title.clone();
        match portal::take_in(hall, editor, reviewer, column, manuscript).await {
            Ok(Taken::Published(_)) => {
                published += 1;
                teller.tell(format!("✓ {title}"));
            }
            Ok(Taken::AlreadyThere(_)) => there += 1,
            Err(stop) => {
                teller.tell(format!("✗ {shown}：{}", crate::line::words_of(&stop)));
                good = false;
            }
        }
    }
    teller.tell(format!("发布 {published} 份，已有而没有变化的 {there} 份"));
    if let (1.., Some(answers)) = (published, reviewer.person()) {
        teller.tell(format!(
            "导入时没有逐份审核，由{}负责：请到工作台“批量导入的信息”逐份核对，有问题的撤下",
            answers.name
        ));
    }
    Ok(good)
}

/// The files named, and the texts in the folders named, in the order of their names.
fn files(paths: &[PathBuf]) -> Outcome<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let entries =
            std::fs::read_dir(path).map_err(|error| crate::files::unreadable(path, &error))?;
        let mut inside: Vec<PathBuf> = entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|ending| ending == "md" || ending == "txt"))
            .collect();
        inside.sort();
        files.append(&mut inside);
    }
    Ok(files)
}

/// The text of a file that is no larger than `max` bytes, or why it is not read.
fn text_of(path: &Path, max: u64) -> Result<String, String> {
    let unread = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => "没有这个文件".to_owned(),
        _ => format!("读不出来：{}", crate::files::trouble(&error)),
    };
    // A pipe or a device has no end, and opening one may wait for ever.
    if !std::fs::metadata(path).map_err(unread)?.is_file() {
        return Err("不是文件".to_owned());
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(unread)?;
    file.take(max + 1).read_to_end(&mut bytes).map_err(unread)?;
    if bytes.len() as u64 > max {
        return Err(format!("超过 {} MB，没有读", max / 1024 / 1024));
    }
    String::from_utf8(bytes).map_err(|_| "不是 UTF-8 文本，请另存为 UTF-8".to_owned())
}

async fn residents(hall: &Arc<Hall>, file: &Path, teller: &Teller) -> Outcome<bool> {
    let (bytes, name) = whole(file)?;
    let report = population::acts::import(hall, By::CommandLine, bytes, &name).await?;
    Ok(reported(&report, population::terms::RESIDENTS.unit, teller))
}

async fn entities(hall: &Arc<Hall>, file: &Path, teller: &Teller) -> Outcome<bool> {
    let (bytes, name) = whole(file)?;
    let report = entities::acts::import(hall, By::CommandLine, bytes, &name).await?;
    Ok(reported(&report, entities::terms::ENTITIES.unit, teller))
}

/// What stands in a file, and its name.
fn whole(file: &Path) -> Outcome<(Vec<u8>, String)> {
    let bytes = std::fs::read(file).map_err(|error| crate::files::unreadable(file, &error))?;
    Ok((bytes, file.file_name().unwrap_or_default().to_string_lossy().into_owned()))
}

fn reported(report: &Report, unit: &str, teller: &Teller) -> bool {
    for line in report.lines(unit) {
        teller.tell(line);
    }
    report.is_clean()
}
