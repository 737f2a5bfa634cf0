//! The verbs of the rules: to install those of the program, to enter the city's own.

use std::collections::BTreeSet;
use std::sync::Arc;

use ::store::Tx;
use access::{Permit, clockwork};
use base::{Fault, Outcome, Refusal, RefusalKind};
use frame::Hall;
use ledger::Act;
use serde_json::json;

use crate::rules::dated::{Change, change_of, may_enter};
use crate::store::rules::{put_rule, standing};
use crate::terms::{RULE_ENTERED, Rule, Source};

/// So many rules a file holds at most.
const RULES_MAX: usize = 100;
const RULES_GROUND: &str = "《中华人民共和国网络安全法》第二十一条";

/// The rules of the program, with the days on which they hold.
pub fn of_the_house() -> Result<Vec<Rule>, Fault> {
    serde_json::from_str(include_str!("../../data/rules.json")).map_err(Fault::from)
}

/// Puts the rules of the program into a city that lacks them.
pub fn install_rules(tx: &Tx<'_>, permit: &Permit) -> Outcome<()> {
    for rule in of_the_house()? {
        match standing(tx, Source::House, &rule)? {
            Some(Some(known)) if known.has_words_of(&rule) => {}
            None => {}
            Some(_) => {
                let (id, version) = (&rule.id, rule.version);
                let words = format!("rule {id} version {version} stands with other words");
                return Err(Fault::said(words).into());
            }
        }
        put_rule(tx, permit, Source::House, &rule)?;
    }
    Ok(())
}

/// Enters the city's own rules from a file written like `data/rules.json`: all of them or none. Each that is new or
/// ends is an act, done from the command line; one that stands as it is written is left alone, so that a city keeps
/// all of its rules in one file. Says how many there were.
pub async fn enter_rules(hall: &Arc<Hall>, text: &str) -> Outcome<usize> {
    let rules: Vec<Rule> = serde_json::from_str(text).map_err(|error| {
        refused(format!("规则文件写得不对（第 {} 行）\n技术原因：{error}", error.line()))
    })?;
    if rules.is_empty() || rules.len() > RULES_MAX {
        return Err(refused(format!("规则文件里要有 1 到 {RULES_MAX} 条规则")).into());
    }
    let kinds: BTreeSet<&'static str> =
        hall.offices.iter().flat_map(|office| office.acts).map(|act| act.name).collect();
    let mut seen = BTreeSet::new();
    for rule in &rules {
        may_enter(rule, |kind| kinds.contains(kind)).map_err(|why| of(rule, &why))?;
        if !seen.insert((rule.id.clone(), rule.version)) {
            return Err(of(rule, "同一版写了两次").into());
        }
    }
    let (count, now) = (rules.len(), hall.now());
    hall.write(move |tx| {
        let permit = clockwork("audit.enter_rules");
        for rule in &rules {
            let known = standing(tx, Source::City, rule)?;
            let change = change_of(known.as_ref(), rule, now.day());
            if change.map_err(|why| of(rule, &why))? == Change::None {
                continue;
            }
            put_rule(tx, &permit, Source::City, rule)?;
            ledger::record(tx, permit.who(), &entering(now, rule))?;
        }
        Ok(())
    })
    .await?;
    Ok(count)
}

fn entering(now: base::Moment, rule: &Rule) -> Act {
    Act::new(now, RULE_ENTERED, "audit_rule", &rule.id).authority(RULES_GROUND).content(json!({
        "title": format!("{} {}", rule.id, rule.name), "version": rule.version,
        "text": rule.text, "more_than": rule.more_than, "measure": rule.measure,
        "from_day": rule.from_day.to_string(), "until_day": rule.until_day.map(|day| day.to_string()),
    }))
}

fn of(rule: &Rule, why: &str) -> Refusal {
    refused(format!("规则 {}：{why}", rule.id))
}

fn refused(words: String) -> Refusal {
    Refusal::new(RefusalKind::Invalid, "audit.rules", words)
        .remedy("请改正以后重新导入；没有导入任何一条")
}
