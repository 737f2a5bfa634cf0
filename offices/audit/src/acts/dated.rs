//! The verbs of the rules: to install those of the program, to enter the city's own.

use std::collections::BTreeSet;
use std::sync::Arc;

use ::store::Tx;
use access::{Permit, clockwork};
use base::{Fault, Outcome, Refusal, RefusalKind};
use frame::Hall;
use ledger::Act;
use serde_json::json;

use crate::rules::dated::{may_enter, other_words};
use crate::store::rules::put_rule;
use crate::terms::{Entered, RULE_ENTERED, Rule, Source};

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
        let words = format!("rule {} version {} stands with other words", rule.id, rule.version);
        if !put_rule(tx, permit, &Entered { source: Source::House, rule })? {
            return Err(Fault::said(words).into());
        }
    }
    Ok(())
}

/// Enters the city's own rules from a file written like `data/rules.json`: all of them or none. Each is an act,
/// done from the command line. Says how many.
pub async fn enter_rules(hall: &Arc<Hall>, text: &str) -> Outcome<usize> {
    let rules: Vec<Rule> = serde_json::from_str(text).map_err(|error| {
        refused(format!("规则文件写得不对（第 {} 行）\n技术原因：{error}", error.line()))
    })?;
    if rules.is_empty() || rules.len() > RULES_MAX {
        return Err(refused(format!("规则文件里要有 1 到 {RULES_MAX} 条规则")).into());
    }
    let now = hall.now();
    let kinds: BTreeSet<&str> =
        hall.offices.iter().flat_map(|office| office.acts).map(|act| act.name).collect();
    let mut seen = BTreeSet::new();
    for rule in &rules {
        let known = |kind: &str| kinds.contains(kind);
        may_enter(rule, now.day(), known).map_err(|why| of(rule, &why))?;
        if !seen.insert((rule.id.clone(), rule.version)) {
            return Err(of(rule, "同一版写了两次").into());
        }
    }
    let count = rules.len();
    let acts: Vec<Act> = rules.iter().map(|rule| entering(now, rule)).collect();
    hall.write(move |tx| {
        let permit = clockwork("audit.enter_rules");
        for (rule, act) in rules.iter().zip(&acts) {
            let entered = Entered { source: Source::City, rule: rule.clone() };
            if !put_rule(tx, &permit, &entered)? {
                return Err(of(rule, &other_words(rule)).into());
            }
            ledger::record(tx, permit.who(), act)?;
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
