//! The verdicts on orders to erase: who may answer, what may be erased, what must be kept. Those on deferrals stand beside.

pub mod deferrals;

pub mod csv;
pub mod exports;

use base::{Day, Refusal, RefusalKind};

use crate::terms::{CaseFacts, Rule, Says, Scope, Typed};

/// The ground of two people for one decision.
const SEPARATED: &str = "GB/T 22239-2019 8.1.4.2 访问控制（管理用户的权限分离）";
/// What is asked where no legal ground is named.
const ASK_GROUND: &str = "请写依据的条款";
/// The most letters of what is typed.
const LENGTH_MAX: usize = 200;
/// The letters of a document's number.
const DOCUMENT: std::ops::RangeInclusive<usize> = 6..=60;

fn refuse(code: &'static str, words: impl Into<String>) -> Refusal {
    Refusal::new(RefusalKind::Conflict, code, words)
}

/// The rules in force on a day.
pub fn rule_on(rules: &[Rule], day: Day) -> Option<&Rule> {
    rules.iter().filter(|rule| rule.from <= day).max_by_key(|rule| rule.from)
}

/// An order whose words are in order: what it is about, and the number of its document as it will be shown.
/// Everything that is wrong is told at once.
pub fn well_typed(typed: &Typed) -> Result<(Scope, String), Refusal> {
    let mut refusal = Refusal::new(RefusalKind::Invalid, "privacy.bad_order", "删除命令需要修改");
    let scope = Scope::parse(&typed.scope);
    if scope.is_none() {
        refusal = refusal.field("scope", "请选择删除什么");
    }
    let long = |text: &str| text.chars().count() > LENGTH_MAX;
    for (field, text, words) in [
        ("shown", &typed.shown, "请写办件编号、用户名或者存证编号"),
        ("organ", &typed.organ, "请写作出命令的机关"),
    ] {
        if text.trim().is_empty() {
            refusal = refusal.field(field, words);
        } else if long(text) {
            refusal = refusal.field(field, format!("最多 {LENGTH_MAX} 个字"));
        }
    }
    if let Some(wrong) = bad_article(ASK_GROUND, &typed.ground) {
        refusal = refusal.field("ground", wrong);
    }
    let document = document_number(&typed.document);
    if document.is_none() {
        refusal = refusal.field("document", "请写文号，例如 鄂州网信罚〔2026〕3号");
    }
    match (scope, document) {
        (Some(scope), Some(document)) if refusal.fields.is_empty() => Ok((scope, document)),
        _ => Err(refusal),
    }
}

/// What is wrong with a legal ground: it names a law, regulation or rule in 《》, and its article after it. More than one
/// may be named, with paragraphs, items and words between.
pub fn bad_article(ask: &str, typed: &str) -> Option<String> {
    let text = typed.trim();
    if text.chars().count() > LENGTH_MAX {
        return Some(format!("最多 {LENGTH_MAX} 个字"));
    }
    let has_article = |rest: &str| {
        rest.split('第').skip(1).any(|after| {
            let number = after.split('条').next().filter(|number| number.len() < after.len());
            let counts = |sign: char| {
                sign.is_ascii_digit() || "〇零一二两三四五六七八九十百千".contains(sign)
            };
            number.is_some_and(|number| !number.is_empty() && number.chars().all(counts))
        })
    };
    let laws = text.split('《').skip(1).filter_map(|law| law.split_once('》'));
    let named: Vec<_> = laws.filter(|(name, _)| name.trim().chars().count() >= 2).collect();
    if named.iter().any(|(_, rest)| has_article(rest)) {
        return None;
    }
    let words = match (text.is_empty(), named.is_empty()) {
        (true, _) => ask,
        (_, true) => "法律、法规要写全名，用书名号括起来，后面写第几条",
        (_, false) => "请在法律、法规的名称后面写第几条",
    };
    Some(format!("{words}，例如《中华人民共和国行政许可法》第六十条"))
}

/// 党政机关公文处理工作条例 art. 9: the number of a document is the organ's sign, the year in brackets, a number.
/// Courts write the year first. Brackets of any kind are made those of the regulation, or the courts' own.
pub fn document_number(typed: &str) -> Option<String> {
    let text: String = typed.chars().filter(|letter| !letter.is_whitespace()).collect();
    if !DOCUMENT.contains(&text.chars().count()) || !text.ends_with('号') {
        return None;
    }
    let opens = |letter: char| "〔[［(（".contains(letter);
    let (before, rest) = text.split_once(opens)?;
    let (year, after) = rest.split_at_checked(4)?;
    let year_is_one = year.parse::<u16>().is_ok_and(|year| (1949..2200).contains(&year));
    let after = after.strip_prefix(|letter: char| "〕]］)）".contains(letter))?;
    let number = after.strip_suffix('号')?;
    let plain = |text: &str| {
        text.chars().all(|letter| letter.is_alphanumeric() || letter == '-' || letter == '第')
    };
    let has_digit = number.chars().any(|letter| letter.is_ascii_digit());
    if !year_is_one || !has_digit || !plain(before) || !plain(number) {
        return None;
    }
    Some(match before {
        "" => format!("（{year}）{number}号"),
        sign => format!("{sign}〔{year}〕{number}号"),
    })
}

/// Nobody erases the traces of what they did themselves, nor does who exercises that one's post (公务员法 art. 76).
pub fn not_concerned(doers: &[&str], handled_by: &[String]) -> Result<(), Refusal> {
    if !handled_by.iter().any(|handler| doers.contains(&handler.as_str())) {
        return Ok(());
    }
    let words = "您自己办理过要删除的内容，要由没有办理过的人决定";
    Err(refuse("privacy.own_traces", words).ground("《中华人民共和国公务员法》第七十六条"))
}

/// 个人信息保护法 art. 47: what is still needed, and what must be kept for a time, is not erased, unless the order
/// says so.
pub fn may_erase(case: &CaseFacts, says: Says, rule: &Rule, today: Day) -> Result<(), Refusal> {
    let no = &case.no;
    if case.open && !says.running {
        let words = format!("办件 {no} 还在办理，处理目的还没有实现，不能删除");
        return Err(refuse("privacy.still_running", words.clone())
            .field("running", words)
            .ground("《中华人民共和国个人信息保护法》第四十七条第一款第一项")
            .remedy("命令载明办理中的也要删除的，请勾选后重新提交"));
    }
    let until = case.closed_on.and_then(|day| years_after(day, rule.kept_years));
    if let Some(until) = until.filter(|until| *until > today && !says.retained) {
        let words = format!("办件 {no} 要保存到{}，保存期限没有满，不能删除", until.chinese());
        return Err(refuse("privacy.kept", words.clone())
            .field("retained", words)
            .ground(format!(
                "《中华人民共和国个人信息保护法》第四十七条第二款；{}",
                rule.kept_ground
            ))
            .remedy("命令载明保存期限没有满的也要删除的，请勾选后重新提交"));
    }
    Ok(())
}

/// The most letters of a complaint.
pub const WORDS_MAX: usize = 2_000;

/// Whether a person may complain about a look with these words. One's own look is nobody's wrong.
pub fn may_complain(own: &str, looker: Option<&str>, words: &str) -> Result<(), Refusal> {
    if looker == Some(own) {
        let words = "这次是您自己查看的，不能投诉";
        return Err(refuse("privacy.own_look", words));
    }
    let wrong = match words.chars().count() {
        0 => "请写明哪里没有道理".to_owned(),
        signs if signs > WORDS_MAX => format!("最多写 {WORDS_MAX} 个字，现在是 {signs} 个字"),
        _ => return Ok(()),
    };
    let refusal = Refusal::new(RefusalKind::Invalid, "privacy.words", "投诉没有写好");
    Err(refusal.field("words", wrong))
}

/// Who looked, or agreed to it, never judges the look, nor does who exercises that one's post (公务员法 art. 76).
pub fn may_judge(account: &str, behalf: Option<&str>, lookers: &[String]) -> Result<(), Refusal> {
    let concerned = |looker: &String| looker == account || Some(looker.as_str()) == behalf;
    if !lookers.iter().any(concerned) {
        return Ok(());
    }
    let words = "这次查看是您自己做的或者同意的，要由别人核查和答复";
    Err(refuse("privacy.own_look", words).ground("《中华人民共和国公务员法》第七十六条"))
}

/// A complaint was looked into and nothing was found.
pub fn no_finding() -> Refusal {
    let words = "请选择核查结果";
    Refusal::new(RefusalKind::Invalid, "privacy.no_finding", words).field("finding", words)
}

/// The same day so many years later; the first of March where that year has no leap day.
fn years_after(day: Day, years: i16) -> Option<Day> {
    let (year, month, of_month) = day.ymd();
    let year = year.checked_add(years)?;
    Day::new(year, month, of_month).or_else(|| Day::new(year, 3, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_acts_for_another_erases_no_trace_of_that_other() {
        assert!(not_concerned(&["b", "x"], &["x".into()]).is_err());
        assert!(not_concerned(&["b"], &["x".into()]).is_ok());
    }

    #[test]
    fn a_ground_names_a_law_and_its_article() {
        for good in [
            "《中华人民共和国行政许可法》第六十条",
            " 《政府信息公开条例》第15条第一款 ",
            "《住房公积金管理条例》（国务院令第 350 号）第三十一条",
            "《甲法》、《乙条例》第一百二十条第（二）项",
        ] {
            assert_eq!(bad_article("请写", good), None, "{good}");
        }
        for bad in [
            "",
            "工作需要",
            "行政许可法第六十条",
            "《》第六十条",
            "第六十条《行政许可法》",
            "《行政许可法》第条",
            "《行政许可法》",
            "《行政许可法第六十条",
            "《行政许可法》第六十",
        ] {
            assert!(
                bad_article("请写", bad).is_some_and(|words| words.contains("例如《")),
                "{bad}"
            );
        }
        let long = format!("《某某法》第一条{}", "和".repeat(LENGTH_MAX));
        assert!(bad_article("请写", &long).is_some_and(|words| words.starts_with("最多")));
    }

    #[test]
    fn numbers_of_documents_are_those_of_organs_and_of_courts() {
        for (typed, shown) in [
            ("鄂州网信罚〔2026〕3号", "鄂州网信罚〔2026〕3号"),
            (" 鄂州网信罚 [2026] 3 号 ", "鄂州网信罚〔2026〕3号"),
            ("鄂州市监处罚(2026)第12号", "鄂州市监处罚〔2026〕第12号"),
            ("（2026）鄂0704行初12号", "（2026）鄂0704行初12号"),
        ] {
            assert_eq!(document_number(typed).as_deref(), Some(shown), "{typed}");
        }
        for bad in [
            "",
            "3号",
            "鄂〔26〕3号",
            "鄂〔2026〕号",
            "鄂〔2026〕3",
            "鄂〔2026〕<b>3号",
            "〔2026号",
        ] {
            assert_eq!(document_number(bad), None, "{bad}");
        }
    }
}
