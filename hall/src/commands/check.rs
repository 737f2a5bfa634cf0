//! `cityhall check`: whether the city is in order.

use std::sync::Arc;

use base::{Fault, Outcome, Stop};
use frame::{Hall, sealed};
use seal::Damage;

use crate::config::Config;
use crate::control::Teller;
use crate::door::tls;
use crate::log::kept;

/// What a check has come to.
struct Verdict<'a> {
    teller: &'a Teller,
    good: bool,
}

impl Verdict<'_> {
    fn tell(&self, words: impl Into<String>) {
        self.teller.tell(words);
    }

    /// Tells what does not hold.
    fn bad(&mut self, words: impl AsRef<str>) {
        self.good = false;
        self.teller.tell(format!("✗ {}", words.as_ref()));
    }

    /// A part that cannot be looked at to its end is not in order either, and keeps nobody from
    /// looking at the others.
    fn seen<T>(&mut self, what: &str, outcome: Outcome<T>) -> Option<T> {
        match outcome {
            Ok(seen) => Some(seen),
            Err(stop) => {
                self.bad(format!("{what}查不下去。{}", crate::line::words_of(&stop)));
                None
            }
        }
    }
}

/// Looks through the database, the log, every sealed value and every file, and says how far the
/// index has come and what waits.
pub async fn check(hall: &Arc<Hall>, teller: &Teller) -> Outcome<bool> {
    let mut verdict = Verdict { teller, good: true };
    database(hall, &mut verdict).await?;
    log(hall, &mut verdict).await?;
    witnesses(hall, &mut verdict).await;
    waiting(hall, &mut verdict).await;
    keys(hall, &mut verdict).await;
    sealed_values(hall, &mut verdict).await?;
    files(hall, &mut verdict).await;
    certificates(hall, &mut verdict).await;
    door(hall, &mut verdict);
    calendar(hall, &verdict);
    verdict.tell(if verdict.good {
        "✓ 一切正常"
    } else {
        "✗ 有不符之处，请按上面带 ✗ 的各条处理；登记簿不符的，请保留现场并联系审计管理员"
    });
    Ok(verdict.good)
}

async fn database(hall: &Arc<Hall>, verdict: &mut Verdict<'_>) -> Outcome<()> {
    let store = hall.store.clone();
    let looked = tokio::task::spawn_blocking(move || store.integrity()).await;
    let Some(wrong) = verdict.seen("数据库", looked.map_err(Fault::from)?.map_err(Stop::from))
    else {
        return Ok(());
    };
    if wrong.is_empty() {
        verdict.tell("数据库：完整");
        return Ok(());
    }
    verdict.bad("数据库有损坏，请停止服务，从备份恢复；下面是数据库自己的说法：");
    for line in wrong {
        verdict.tell(format!("  {line}"));
    }
    Ok(())
}

async fn log(hall: &Arc<Hall>, verdict: &mut Verdict<'_>) -> Outcome<()> {
    if let Some(audit) = verdict.seen("登记簿", ledger::audit_of_own(&hall.ledger).await) {
        verdict
            .tell(format!("登记簿：{} 条，其中内容已依法删除的 {} 条", audit.acts, audit.erased));
        if audit.signed > 0 {
            verdict.tell(format!("本人签名：{} 条", audit.signed));
        }
        audit.wrong.iter().for_each(|wrong| verdict.bad(wrong));
    }
    let city = hall.clone();
    let loss = tokio::task::spawn_blocking(move || kept::loss(&city.store, &city.keys, &city.data));
    match verdict.seen("留存的检查点", loss.await.map_err(Fault::from)?) {
        Some(None) => verdict.tell("留存的检查点：数据库里的登记簿从它接续下来"),
        Some(Some(loss)) => verdict.bad(loss.words()),
        None => {}
    }
    Ok(())
}

async fn witnesses(hall: &Hall, verdict: &mut Verdict<'_>) {
    let witnesses = hall.store.read(ledger::witnesses).await;
    for witness in verdict.seen("见证方", witnesses).unwrap_or_default() {
        let seconds = hall.now().millis() / 1_000 - witness.cosigned;
        // Who cannot be reached now is no fault of the city; who has seen another log is.
        let mark = match (witness.conflict, witness.trouble.is_empty()) {
            (true, _) => "✗ ",
            (false, false) => "△ ",
            (false, true) => "",
        };
        verdict.tell(match witness.size {
            0 => format!("{mark}见证方 {}：还没有联署。{}", witness.name, witness.trouble),
            size => format!(
                "{mark}见证方 {}：联署到 {size} 条，{seconds} 秒以前。{}",
                witness.name, witness.trouble
            ),
        });
        verdict.good &= !witness.conflict;
    }
}

async fn waiting(hall: &Hall, verdict: &mut Verdict<'_>) {
    let counts = hall
        .store
        .read(|reader| {
            let (waiting, given_up) = ledger::jobs::counts(reader)?;
            Ok((waiting, given_up, ledger::listen::pending(reader)?))
        })
        .await;
    let Some((waiting, given_up, pending)) = verdict.seen("待办任务", counts) else { return };
    let words =
        format!("待办任务：{waiting} 件，放弃的 {given_up} 件；没有送达的通知：{pending} 件");
    if given_up == 0 {
        verdict.tell(words)
    } else {
        verdict.bad(words)
    }
    verdict.tell(format!("全文索引：已跟到第 {} 条", hall.search.position()));
}

/// Who holds the keys, whether the log can be signed, and how far sealing anew has come.
async fn keys(hall: &Arc<Hall>, verdict: &mut Verdict<'_>) {
    let shown = super::keys::show(hall, verdict.teller).await;
    verdict.seen("数据密钥", shown);
    let city = hall.clone();
    let signed = tokio::task::spawn_blocking(move || {
        city.keys.log_key().sign(b"cityhall check").map(|_| ())
    });
    match signed.await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => verdict.bad(format!(
            "登记簿签不了名，新的行为没有凭证，也编不进登记簿；恢复以后会自动补上。{error}"
        )),
        Err(error) => verdict.bad(format!("登记簿签不了名\n技术原因：{error}")),
    }
}

async fn sealed_values(hall: &Arc<Hall>, verdict: &mut Verdict<'_>) -> Outcome<()> {
    let city = hall.clone();
    let found = tokio::task::spawn_blocking(move || sealed::inspect(&city));
    let found = found.await.map_err(Fault::from)?;
    for (table, column, stop) in found.unread {
        verdict.seen::<()>(&format!("加密的内容 {table}.{column} "), Err(stop));
    }
    damaged(verdict, "加密的内容", found.opened, found.damaged, &found.told);
    verdict.tell(format!("检索标记：{} 个", found.covered));
    Ok(())
}

async fn files(hall: &Hall, verdict: &mut Verdict<'_>) {
    if let Some(missing) = verdict.seen("材料库", hall.vault.missing().await) {
        for address in &missing {
            verdict.bad(format!("缺少文件内容 {address}"));
        }
        verdict.tell(format!("文件：缺少内容的 {} 份", missing.len()));
    }
    if let Some(opened) = verdict.seen("材料库", hall.vault.open_all().await) {
        damaged(verdict, "文件和它们的密钥", opened.opened, opened.damaged, &opened.told);
    }
}

/// Tells each value that does not open by its place in the database.
fn damaged(verdict: &mut Verdict<'_>, what: &str, opened: u64, count: u64, told: &[Damage]) {
    for Damage { table, column, key } in told {
        verdict.bad(format!("打不开：表 {table}，列 {column}，键 {key}"));
    }
    verdict.tell(format!("{what}：打开 {opened} 个，打不开的 {count} 个"));
}

/// What ends soon; it is no fault yet.
async fn certificates(hall: &Hall, verdict: &mut Verdict<'_>) {
    let now = hall.now();
    let ending = hall.store.read(move |r| certificates::ending(r, now)).await;
    match verdict.seen("数字证书", ending) {
        Some(0) => verdict.tell("数字证书：没有快到期的"),
        Some(count) => {
            verdict.tell(format!("△ 数字证书：快到期的 {count} 张，请看 /desk/authority/ending"));
        }
        None => {}
    }
}

/// The certificate under which the door is opened, where the program speaks TLS itself.
fn door(hall: &Hall, verdict: &mut Verdict<'_>) {
    let Some(config) = verdict.seen("配置", Config::find(None, &hall.data)) else { return };
    let Some(told) = &config.tls else { return };
    let until = tls::until_in_files(told, &hall.data);
    let Some(until) = verdict.seen("站点证书", until) else { return };
    match tls::Standing::of(until, hall.now()) {
        tls::Standing::Good => verdict.tell(format!("站点证书：有效期到 {}", until.to_minute())),
        tls::Standing::EndsSoon(days) => {
            verdict.tell(format!(
                "△ 站点证书：有效期到 {}，还有 {days} 天，请换发",
                until.to_minute()
            ));
        }
        tls::Standing::Ended(at) => verdict.bad(format!(
            "站点证书已经在 {} 到期，浏览器会拒绝访问。请换发，放进 [tls] 写明的文件，不用重新启动",
            at.to_minute()
        )),
    }
}

fn calendar(hall: &Hall, verdict: &Verdict<'_>) {
    let year = hall.now().day().year();
    for year in [year, year + 1] {
        match hall.calendar.knowledge(year) {
            clock::Knowledge::Announced => {}
            clock::Knowledge::Provisional => {
                verdict.tell(format!("提醒：{year} 年的节假日安排是暂定的，公布后请更新"));
            }
            clock::Knowledge::WeekendsOnly => {
                verdict.tell(format!("提醒：没有 {year} 年的节假日安排，只按周末计算"));
            }
        }
    }
}
