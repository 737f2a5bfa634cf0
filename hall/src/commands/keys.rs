//! `cityhall keys`: the keys that seal what the city keeps.

use std::sync::Arc;

use base::Outcome;
use frame::rotation::Broken;
use frame::{Hall, rotation};
use ledger::Who;

use crate::control::Teller;
use crate::holder;
use crate::line::KeysVerb;

/// Does what is said with the keys. Who may run it is who may read the keys.
pub async fn keys(hall: &Arc<Hall>, verb: KeysVerb, teller: &Teller) -> Outcome<bool> {
    match verb {
        KeysVerb::Show => show(hall, teller).await?,
        KeysVerb::Rotate => {
            let (version, from) = rotation::rotate(hall, Who::clockwork()).await?;
            teller.tell(format!("数据密钥第 {version} 版已经生成，并通知了所有进程"));
            teller.tell(format!(
                "从 {} 起用它加密；原来的数据由服务在后台改用它重新加密",
                from.to_minute()
            ));
            teller.tell(
                "进度见 cityhall keys show；全部完成以后，运行 cityhall keys retire 停用旧密钥",
            );
        }
        KeysVerb::Retire { give_up_broken } => {
            let broken = if give_up_broken { Broken::GiveUp } else { Broken::Keep };
            let versions = rotation::retire(hall, Who::clockwork(), broken).await?;
            let versions: Vec<String> =
                versions.iter().map(|version| format!("第 {version} 版")).collect();
            teller.tell(format!("已停用数据密钥{}，密钥已经销毁", versions.join("、")));
            teller.tell("更换以前的备份仍要用备份里自己的密钥打开，请照旧保管");
        }
    }
    Ok(true)
}

/// Tells who holds the keys, which version seals, and how far sealing anew has come.
pub async fn show(hall: &Hall, teller: &Teller) -> Outcome<()> {
    teller.tell(format!("密钥保管：{}", holder::standing(&hall.keys)));
    let standing = rotation::standing(hall).await?;
    let now = hall.now();
    let sealing = standing.sealing(now);
    match standing.keys.last().filter(|_| standing.is_under_way()) {
        None => teller.tell(format!("数据密钥：第 {sealing} 版")),
        Some(newest) if newest.seals_from > now => {
            let from = newest.seals_from.to_minute();
            teller.tell(format!(
                "数据密钥：现用第 {sealing} 版，第 {} 版从 {from} 起启用",
                newest.version
            ));
        }
        Some(newest) if newest.clean_at.is_some() => {
            teller
                .tell(format!("数据密钥：第 {sealing} 版，数据已全部改用它加密；旧密钥还没有停用"));
        }
        Some(newest) => {
            let begun = standing.turns.iter().any(|turn| turn.version == newest.version);
            teller.tell(match begun {
                true => format!(
                    "数据密钥：第 {sealing} 版，改用它重新加密还剩 {} 个值",
                    standing.left()
                ),
                false => format!("数据密钥：第 {sealing} 版，等待服务在后台重新加密"),
            });
        }
    }
    Ok(())
}
