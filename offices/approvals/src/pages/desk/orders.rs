//! From a form on the case's page to an order to the case.

use std::collections::HashMap;

use base::{Day, Refusal, RefusalKind};
use flow::{Command, Finding, Manner, RefusalGround, Remedy, Verdict};

/// A form's pairs as a map; the three parts of a date become one.
pub(super) fn gather(pairs: Vec<(String, String)>) -> HashMap<String, String> {
    let pairs = frame::with_days(pairs).into_iter();
    pairs.map(|(name, value)| (name, value.trim().to_owned())).collect()
}

/// The order that a form means. Where it means none, what is missing beside is told at once.
pub(super) fn read(verb: &str, entered: &HashMap<String, String>) -> Result<Command, Refusal> {
    let needs: &[&str] = match verb {
        "correct" => &["items"],
        "refuse" | "redirect" => &["reason", "ground"],
        "pause" => &["ground"],
        "issue" => &["certificate_name", "certificate_no"],
        _ => &[],
    };
    let blank = |name: &&&str| entered.get(**name).is_none_or(String::is_empty);
    order(verb, entered).map_err(|refusal| {
        needs.iter().filter(blank).fold(refusal, |refusal, name| {
            refusal.field(*name, format!("请填写{}", flow::field_title(name)))
        })
    })
}

fn order(verb: &str, entered: &HashMap<String, String>) -> Result<Command, Refusal> {
    let text = |name: &str| entered.get(name).cloned().unwrap_or_default();
    let remedy = || {
        let remedy = Remedy { reconsideration: text("reconsideration"), court: text("court") };
        (!remedy.reconsideration.is_empty() || !remedy.court.is_empty()).then_some(remedy)
    };
    Ok(match verb {
        "take" => Command::Take,
        "accept" => Command::Accept,
        "correct" => {
            Command::Correct { items: lines(&text("items")), reply_by: day(entered, "reply_by")? }
        }
        "refuse" | "redirect" => Command::Refuse {
            because: because(&text("because"), verb)?,
            reason: text("reason"),
            ground: text("ground"),
            remedy: remedy(),
            other_organ: Some(text("other_organ")).filter(|organ| !organ.is_empty()),
        },
        "hand_over" => Command::HandOver {
            account: text("account"),
            name: String::new(),
            reason: text("reason"),
        },
        "supplement" => Command::Supplement { note: text("note") },
        "examine" => Command::Examine {
            finding: if text("finding") == "decline" { Finding::Decline } else { Finding::Approve },
            opinion: text("opinion"),
            inspectors: text("inspectors")
                .split(['、', '，', ',', ' ', '\u{3000}'])
                .map(str::trim)
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .collect(),
        },
        "return" => Command::Return { reason: text("reason") },
        "pause" => Command::Pause {
            kind: text("kind"),
            ground: text("ground"),
            expected_end: day(entered, "expected_end")?
                .ok_or_else(|| refuse("expected_end", "请写预计结束的日期，它会告诉申请人"))?,
        },
        "resume" => Command::Resume { result: text("result") },
        "request_extension" => Command::RequestExtension { reason: text("reason") },
        "grant_extension" => Command::GrantExtension { reason: text("reason") },
        "deny_extension" => Command::DenyExtension { reason: text("reason") },
        "grant" | "deny" => Command::Decide {
            verdict: if verb == "deny" { Verdict::Deny } else { Verdict::Grant },
            reason: text("reason"),
            ground: text("ground"),
            remedy: remedy(),
        },
        "issue" => Command::Issue {
            certificate_name: text("certificate_name"),
            certificate_no: text("certificate_no"),
            valid_until: day(entered, "valid_until")?,
        },
        "deliver" => Command::Deliver {
            manner: match text("manner").as_str() {
                "post" => Manner::Post,
                "electronic" => Manner::Electronic,
                _ => Manner::Counter,
            },
            receipt: text("receipt"),
        },
        "withdraw" => Command::Withdraw { reason: text("reason") },
        "void" => Command::Void { reason: text("reason") },
        _ => {
            let words = "没有这一步";
            return Err(Refusal::new(RefusalKind::NotFound, "approvals.no_step", words));
        }
    })
}

fn refuse(field: &str, words: &str) -> Refusal {
    Refusal::new(RefusalKind::Invalid, "approvals.entered", words).field(field, words)
}

fn because(text: &str, verb: &str) -> Result<RefusalGround, Refusal> {
    Ok(match (text, verb) {
        ("incomplete", "refuse") => RefusalGround::Incomplete,
        ("untrue", "refuse") => RefusalGround::Untrue,
        ("not_needed", "redirect") => RefusalGround::NotNeeded,
        ("not_ours", "redirect") => RefusalGround::NotOurs,
        _ => return Err(refuse("because", "请选择是哪一种情况")),
    })
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

fn day(entered: &HashMap<String, String>, name: &str) -> Result<Option<Day>, Refusal> {
    match entered.get(name).map(String::as_str).filter(|text| !text.is_empty()) {
        None => Ok(None),
        Some(text) => text
            .parse()
            .map(Some)
            .map_err(|_| refuse(name, "日期不对，请写成年、月、日，例如 2026 年 11 月 24 日")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entered(pairs: &[(&str, &str)]) -> HashMap<String, String> {
        gather(pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect())
    }

    #[test]
    fn a_correction_is_one_notice_with_a_line_for_each_defect() {
        let form = entered(&[
            ("items", "缺身份证明\n\n 场地图不清 "),
            ("reply_by.year", "2026"),
            ("reply_by.month", "12"),
            ("reply_by.day", "3"),
        ]);
        let Ok(Command::Correct { items, reply_by }) = read("correct", &form) else {
            panic!("a correction");
        };
        assert_eq!(items, ["缺身份证明", "场地图不清"]);
        assert_eq!(reply_by, Day::new(2026, 12, 3));
    }

    #[test]
    fn a_wrong_day_and_what_is_missing_are_told_at_once() {
        let form = entered(&[("items", " "), ("reply_by.year", "2026"), ("reply_by.month", "13")]);
        let refused = read("correct", &form).unwrap_err();
        let fields: Vec<&str> = refused.fields.iter().map(|one| one.field.as_str()).collect();
        assert_eq!(fields, ["reply_by", "items"]);
    }

    #[test]
    fn a_pause_names_its_end() {
        let refused = read("pause", &entered(&[("kind", "hearing")])).unwrap_err();
        assert_eq!(refused.fields[0].field, "expected_end");
        let refused = read("pause", &entered(&[("expected_end.year", "x")])).unwrap_err();
        assert_eq!(refused.fields[0].field, "expected_end");
    }
}
