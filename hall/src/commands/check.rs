//! `cityhall check`: whether the city is in order.

use std::sync::Arc;

use base::{Fault, Outcome};
use frame::Hall;

use crate::control::Teller;
use crate::log::kept;

/// Checks the log against the acts, and says how far the index has come and what waits.
pub async fn check(hall: &Arc<Hall>, teller: &Teller) -> Outcome<bool> {
    let key = hall.keys.log_key().public();
    let audit = ledger::audit(&hall.store, &key).await?;
    teller.tell(format!("登记簿：{} 条，其中内容已依法删除的 {} 条", audit.acts, audit.erased));
    for wrong in &audit.wrong {
        teller.tell(format!("✗ {wrong}"));
    }
    let city = hall.clone();
    let loss = tokio::task::spawn_blocking(move || kept::loss(&city.store, &city.keys, &city.data));
    let loss = loss.await.map_err(Fault::from)??;
    match &loss {
        None => teller.tell("留存的检查点：数据库里的登记簿从它接续下来"),
        Some(loss) => teller.tell(format!("✗ {}", loss.words())),
    }
    let witnesses = hall.store.read(ledger::witnesses).await?;
    for witness in &witnesses {
        let seconds = hall.now().millis() / 1_000 - witness.cosigned;
        let mark = if witness.trouble.is_empty() { "" } else { "✗ " };
        teller.tell(match witness.size {
            0 => format!("{mark}见证方 {}：还没有联署。{}", witness.name, witness.trouble),
            size => format!(
                "{mark}见证方 {}：联署到 {size} 条，{seconds} 秒以前。{}",
                witness.name, witness.trouble
            ),
        });
    }
    let (waiting, given_up, pending) = hall
        .store
        .read(|reader| {
            let (waiting, given_up) = ledger::jobs::counts(reader)?;
            Ok((waiting, given_up, ledger::listen::pending(reader)?))
        })
        .await?;
    let mark = if given_up == 0 { "" } else { "✗ " };
    teller.tell(format!(
        "{mark}待办任务：{waiting} 件，放弃的 {given_up} 件；没有送达的通知：{pending} 件"
    ));
    teller.tell(format!("全文索引：已跟到第 {} 条", hall.search.position()));
    let missing = hall.vault.missing().await?;
    for address in &missing {
        teller.tell(format!("✗ 缺少文件内容 {address}"));
    }
    teller.tell(format!("文件：缺少内容的 {} 份", missing.len()));
    let (next, year) = (hall.now().day().year() + 1, hall.now().day().year());
    for year in [year, next] {
        match hall.calendar.knowledge(year) {
            clock::Knowledge::Announced => {}
            clock::Knowledge::Provisional => {
                teller.tell(format!("提醒：{year} 年的节假日安排是暂定的，公布后请更新"));
            }
            clock::Knowledge::WeekendsOnly => {
                teller.tell(format!("提醒：没有 {year} 年的节假日安排，只按周末计算"));
            }
        }
    }
    let good = audit.wrong.is_empty() && missing.is_empty() && loss.is_none() && given_up == 0;
    let good = good && !witnesses.iter().any(|witness| witness.conflict);
    teller.tell(if good {
        "✓ 一切正常"
    } else {
        "✗ 有不符之处，请按上面带 ✗ 的各条处理；登记簿不符的，请保留现场并联系审计管理员"
    });
    Ok(good)
}
