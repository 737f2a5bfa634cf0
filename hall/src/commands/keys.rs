//! `cityhall keys`: the keys of the ring, which seal what the city keeps and find it again.

use std::sync::Arc;

use base::Outcome;
use data_encoding::HEXLOWER;
use frame::rotation::{Broken, Old, title};
use frame::{Hall, rotation};
use ledger::Who;
use seal::Use;

use crate::control::Teller;
use crate::holder;
use crate::line::KeysVerb;

/// Does what is said with the keys. Who may run it is who may read the keys.
pub async fn keys(hall: &Arc<Hall>, verb: KeysVerb, teller: &Teller) -> Outcome<bool> {
    match verb {
        KeysVerb::Show => show(hall, teller).await?,
        KeysVerb::Rotate { master: false, cover } => rotate(hall, of_ring(cover), teller).await?,
        KeysVerb::Rotate { master: true, .. } => {
            let version = rotation::exchange_master(hall, Who::clockwork()).await?;
            teller.tell(format!("主密钥第 {version} 版已经启用，原来的主密钥已经销毁"));
            teller.tell(
                "更换以前的备份仍要用备份里自己的 keys/ 打开，请照旧保管；请现在就做一次新的备份",
            );
            by_two(hall, teller);
        }
        KeysVerb::Retire { give_up_broken, cover } => {
            let usage = of_ring(cover);
            let broken = if give_up_broken { Broken::GiveUp } else { Broken::Keep };
            let versions = rotation::retire(hall, usage, Who::clockwork(), broken).await?;
            let versions: Vec<String> =
                versions.iter().map(|version| format!("第 {version} 版")).collect();
            let title = title(usage);
            teller.tell(format!("已停用{title}{}，密钥已经销毁", versions.join("、")));
            teller.tell("更换以前的备份仍要用备份里自己的密钥打开，请照旧保管");
        }
    }
    Ok(true)
}

/// Which key of the ring is meant.
fn of_ring(cover: bool) -> Use {
    if cover { Use::Cover } else { Use::Seal }
}

async fn rotate(hall: &Arc<Hall>, usage: Use, teller: &Teller) -> Outcome<()> {
    let (version, from) = rotation::rotate(hall, usage, Who::clockwork(), Old::Kept).await?;
    teller.tell(format!("{}第 {version} 版已经生成，每个正在运行的服务都会知道", title(usage)));
    let (from, does, retire) = match usage {
        Use::Cover => (from.to_minute(), "检索标记", "cityhall keys retire --cover"),
        _ => (from.to_minute(), "数据", "cityhall keys retire"),
    };
    teller.tell(format!(
        "从 {from} 起用它加密；原来的{does}由服务在后台改用它重新加密，服务没有运行的，启动以后再做"
    ));
    teller.tell(format!("进度见 cityhall keys show；全部完成以后，运行 {retire} 停用旧密钥"));
    by_two(hall, teller);
    Ok(())
}

/// Says where two people decide on it.
fn by_two(hall: &Hall, teller: &Teller) {
    teller.tell(format!(
        "平时请由两位管理员在 {}/desk/keys 提出和同意；命令行留给紧急情况，没有第二个人把关",
        hall.city.url
    ));
}

/// Tells who holds the keys, which version serves, and how far writing anew has come.
pub async fn show(hall: &Hall, teller: &Teller) -> Outcome<()> {
    teller.tell(format!("密钥保管：{}", holder::standing(&hall.keys)));
    for usage in [Use::Seal, Use::Cover] {
        teller.tell(format!("{}：{}", title(usage), told(hall, usage).await?));
    }
    let masters = hall.store.read(vault::masters::masters).await?;
    let version = masters.last().map_or(1, |row| row.version);
    teller.tell(format!("主密钥：第 {version} 版，标识 {}", hall.keys.master_known_by()));
    let log = hall.store.read(rotation::log_standing).await?;
    let public = hall.keys.log_key().public();
    let words = match (log.begins(), log.both()) {
        (Some(begins), _) => format!("，下一版从 {} 起签名", begins.to_minute()),
        (None, Some((_, until))) => format!("，与上一版一起签名到 {}", until.to_minute()),
        (None, None) => String::new(),
    };
    teller.tell(format!(
        "{}：第 {} 版，公钥指纹 {}{words}",
        rotation::LOG,
        log.serving(),
        HEXLOWER.encode(&public.key_id())
    ));
    Ok(())
}

async fn told(hall: &Hall, usage: Use) -> Outcome<String> {
    let standing = rotation::standing(hall, usage).await?;
    let now = hall.now();
    let serving = standing.serving(now);
    Ok(match standing.keys.last().filter(|_| standing.is_under_way()) {
        None => format!("第 {serving} 版"),
        Some(newest) if newest.seals_from > now => {
            let from = newest.seals_from.to_minute();
            format!("现用第 {serving} 版，第 {} 版从 {from} 起启用", newest.version)
        }
        Some(newest) if newest.clean_at.is_some() => {
            format!("第 {serving} 版，数据已全部改用它；旧密钥还没有停用")
        }
        Some(_) if standing.of_newest().next().is_some() => {
            format!("第 {serving} 版，改用它还剩 {} 个值", standing.left())
        }
        Some(_) => format!("第 {serving} 版，等待服务在后台改用它"),
    })
}
