//! The verdicts: whether a watch is well set, whether a line of a list is in order, whether what came together is a hit.

mod lines;

pub use lines::{HEADINGS, check, headings};

use base::{Day, Moment, Refusal, RefusalKind};

use crate::terms::{Dated, Deed, Kind, Line, Rule, Stage};

/// The most letters of what is typed.
const LENGTH_MAX: usize = 200;
/// The most letters of a watch's or a list's name.
const NAME_MAX: usize = 40;

fn refuse(code: &'static str, words: impl Into<String>) -> Refusal {
    Refusal::new(RefusalKind::Conflict, code, words)
}

fn invalid(code: &'static str, field: &str, words: &str) -> Refusal {
    Refusal::new(RefusalKind::Invalid, code, words).field(field, words)
}

/// The limits in force on a day.
pub fn dated_on(all: &[Dated], day: Day) -> Option<&Dated> {
    all.iter().filter(|one| one.from <= day).max_by_key(|one| one.from)
}

/// Whether somebody who died on this day is paid wrongly by this line: what had ended before is not. What begins only
/// afterwards is paid to somebody who was dead already.
pub fn is_paid_after(line_until: Option<Day>, died: Day) -> bool {
    line_until.is_none_or(|until| until >= died)
}

/// By what a death is told apart from another one of the same person: a register that was wrong may say another day.
pub fn cause_of_death(died: Day) -> String {
    format!("died:{died}")
}

/// By what two names of one number are found: the number alone says which.
pub const CAUSE_OF_NAMES: &str = "names";

/// By what the end of a firm is told apart from another one: revoked first and cancelled later, it is looked at twice, since
/// only then has it come to its end (民法典 arts. 68, 72). Another day of the same is no other end.
pub fn cause_of_end(status: &str) -> String {
    format!("ended:{status}")
}

/// By what a person who came to stand under another's number is told apart from others who did: by the load with which they
/// came first. Who went and came again is the same.
pub fn cause_of_person(since: i64) -> String {
    format!("person:{since}")
}

/// Whether two lists call somebody by other names: spaces and the dot of names in translation are no difference.
pub fn are_other_names(one: &str, other: &str) -> bool {
    let bare = |name: &str| -> String {
        name.chars().filter(|letter| !letter.is_whitespace() && !"·•‧".contains(*letter)).collect()
    };
    bare(one) != bare(other)
}

/// Whether something is found again that was confirmed: what came afterwards says that nothing was done, or not for long. What
/// came before is what was decided on.
pub fn is_found_again(confirmed: Option<Moment>, came: Option<Moment>) -> bool {
    confirmed.zip(came).is_some_and(|(confirmed, came)| came > confirmed)
}

/// The watches among these that look at a line of this list.
pub fn looks_at(rule: &Rule, kind: Kind, list: &str) -> bool {
    rule.kind == kind && rule.list.is_none_or(|one| one.to_string() == list)
}

/// Whether a watch is well set: what it is called, on which article, how many days.
pub fn well_set(rule: &Rule, reason: &str, dated: &Dated) -> Result<(), Refusal> {
    let mut refusal =
        Refusal::new(RefusalKind::Invalid, "watches.not_well_set", "请补充监测的内容");
    if rule.name.is_empty() || rule.name.chars().count() > NAME_MAX {
        refusal = refusal.field("name", format!("请写监测的名称，最多 {NAME_MAX} 个字"));
    }
    if rule.list.is_some() && !rule.kind.is_of_lists() {
        let what = if rule.kind == Kind::EndedFirm { "许可证件" } else { "人口登记" };
        let words = format!("这一项比对{what}，不对照名单，请选“全部名单”");
        refusal = refusal.field("list", words);
    }
    if rule.ground.is_empty() || rule.ground.chars().count() > LENGTH_MAX {
        refusal = refusal.field("ground", format!("请写依据的条款，最多 {LENGTH_MAX} 个字"));
    }
    if rule.days == 0 || rule.days > dated.days_max {
        refusal = refusal.field("days", format!("核实的期限是 1 至 {} 个工作日", dated.days_max));
    }
    if reason.is_empty() || reason.chars().count() > LENGTH_MAX {
        refusal = refusal.field("reason", format!("请写为什么，最多 {LENGTH_MAX} 个字"));
    }
    if refusal.fields.is_empty() { Ok(()) } else { Err(refusal) }
}

/// A change changes something, and never what a watch looks for: what it has found says so.
pub fn may_change(before: &Rule, after: &Rule) -> Result<(), Refusal> {
    if before.kind != after.kind {
        let words = "监测的内容不能改，请另设一项";
        return Err(invalid("watches.another_kind", "kind", words));
    }
    if before == after {
        let words = "没有改动任何内容";
        return Err(refuse("watches.nothing_changed", words).remedy("改好以后再保存"));
    }
    Ok(())
}

/// Whoever saw another version than the one that stands has not seen what they would overwrite.
pub fn is_as_seen(seen: i64, standing: i64) -> Result<(), Refusal> {
    if seen == standing {
        return Ok(());
    }
    let words = "您打开页面以后，这项监测已经有人改过";
    Err(refuse("watches.moved", words).remedy("请刷新页面，看过现在的内容再决定"))
}

/// Stopping what runs and starting what stands still; each once, for a reason.
pub fn may_run(running: bool, wanted: bool, reason: &str) -> Result<(), Refusal> {
    if reason.is_empty() || reason.chars().count() > LENGTH_MAX {
        return Err(invalid("watches.no_reason", "reason", "请写为什么"));
    }
    match (running, wanted) {
        (true, true) => Err(refuse("watches.runs", "这项监测已经在运行")),
        (false, false) => Err(refuse("watches.stands", "这项监测已经停止")),
        _ => Ok(()),
    }
}

/// The name of a new list.
pub fn list_name(name: &str) -> Result<String, Refusal> {
    let name = name.trim();
    let plain = name.chars().all(|letter| !letter.is_control());
    if name.is_empty() || name.chars().count() > NAME_MAX || !plain {
        let words = format!("请选一份名单，或者写新名单的名称，最多 {NAME_MAX} 个字");
        return Err(invalid("watches.no_list", "list", &words));
    }
    Ok(name.to_owned())
}

/// Only the newest file of a list that counts is taken back: what came after it would rest on nothing.
pub fn may_undo(stage: Stage, is_newest: bool, reason: &str) -> Result<(), Refusal> {
    if stage != Stage::Counts || !is_newest {
        let words = "只能撤销这份名单在用的最近一次上传";
        return Err(refuse("watches.not_newest", words).remedy("请从最近的一次开始，一次一次撤销"));
    }
    if reason.trim().is_empty() || reason.chars().count() > LENGTH_MAX {
        return Err(invalid("watches.no_reason", "reason", "请写明为什么撤销"));
    }
    Ok(())
}

/// What a file took the place of counts again only while its lines are kept.
pub fn may_count_again(is_lost: bool) -> Result<(), Refusal> {
    match is_lost {
        true => Err(refuse("watches.lost", LOST).remedy("要改正的，请上传新的完整名单")),
        false => Ok(()),
    }
}

/// Why a file stays.
pub const LOST: &str = "这次上传代替的名单已经到期删除，不能再撤销";

/// What was decided, in words: what was done, and what the official says of it.
pub fn confirmed(kind: Kind, deed: Option<Deed>, words: &str) -> Result<String, Refusal> {
    let Some(deed) = deed.filter(|deed| Deed::of(kind).contains(deed)) else {
        return Err(invalid("watches.no_deed", "deed", "请选择做了什么"));
    };
    Ok(format!("{}。{}", deed.title(), said("done", words)?))
}

/// Why it is not so.
pub fn not_so(words: &str) -> Result<String, Refusal> {
    said("why", words).map(str::to_owned)
}

fn said<'w>(field: &str, words: &'w str) -> Result<&'w str, Refusal> {
    match words.trim() {
        "" => Err(invalid("watches.no_words", field, "请写核实的经过和理由")),
        long if long.chars().count() > LENGTH_MAX => {
            let words = format!("最多 {LENGTH_MAX} 个字");
            Err(invalid("watches.no_words", field, &words))
        }
        words => Ok(words),
    }
}

/// The same payment to the same person, twice in one file.
pub fn same_line(one: &Line, other: &Line) -> bool {
    (one.number, &one.pays, one.since) == (other.number, &other.pays, other.since)
}

#[cfg(test)]
mod tests;
