//! What a gateway may subscribe to, and how what stands in the catalogue is given. Pure.

use ask::Standing;
use base::{Day, Refusal, RefusalKind};
use catalogue_contract::{ChangedRows, Stands};
use exchange_contract::Mode;
use serde::Deserialize;

use super::parts::{Part, Run, chained};
use crate::terms::{NOTHING, Subscription};

/// What a gateway wants of a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    /// To have it.
    Begin,
    /// To have all rows again: it was put back from a backup, or lacks something.
    Again,
    /// To have it no longer.
    End,
}

/// The body of the message by which it is said.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wished {
    /// What is wanted.
    pub subscription: Wish,
}

fn refuse(code: &'static str, words: impl Into<String>) -> Refusal {
    Refusal::new(RefusalKind::Forbidden, code, words)
}

/// 政务数据共享条例 arts. 21–24: rows are given under terms that run, of this resource, and within their fields.
pub fn agreed<'t>(
    terms: Option<&'t Standing>,
    (resource, fields): (&str, &[String]),
    today: Day,
) -> Result<&'t Standing, Refusal> {
    let Some(terms) = terms else {
        let words = format!("没有为这个用途订阅“{resource}”的有效共享条件");
        return Err(
            refuse("ask.no_terms", words).remedy("请先在政务数据目录里按“数据推送”的方式申请共享")
        );
    };
    ask::stands(terms, today)?;
    if terms.resource != resource {
        let words = "订阅的资源不是约定共享的那一个";
        return Err(refuse("ask.resource_outside", words));
    }
    if terms.yes_no {
        let words = "共享条件只准回答是否，不能订阅";
        return Err(refuse("exchange.yes_no_alone", words));
    }
    let all = terms.fields.iter().any(|field| field == "*");
    match fields.iter().find(|field| !all && !terms.fields.contains(field)) {
        Some(field) => Err(message::Wrong::FieldOutside(field.clone()).refusal()),
        None => Ok(terms),
    }
}

/// The fields that are given, in the order of the rows: those wanted, of those agreed. Refused where a row could not be
/// named by them.
pub fn given(terms: &Standing, wanted: &[String], stands: &Stands) -> Result<Vec<String>, Refusal> {
    let all = terms.fields.iter().any(|field| field == "*");
    let is_given = |field: &&String| {
        (all || terms.fields.contains(field)) && (wanted.is_empty() || wanted.contains(field))
    };
    let fields: Vec<String> = stands.fields.iter().filter(is_given).cloned().collect();
    let lacking = stands.key.iter().find(|field| !fields.contains(field));
    match (stands.key.is_empty(), lacking) {
        (true, _) => Err(refuse("exchange.no_key", "这项资源没有主键，不能订阅")
            .remedy("请提供部门在目录里标明主键")),
        (false, Some(field)) => {
            let words = format!("主键“{field}”不在订阅的信息项里，增删改没法说明是哪一行");
            Err(refuse("exchange.key_outside", words)
                .remedy("请把主键加进来；没有约定的，请在政务数据目录里申请"))
        }
        (false, None) => Ok(fields),
    }
}

/// What is given next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// All that stands was given.
    Nothing,
    /// What was being given goes on.
    GoesOn,
    /// What changed since this load, up to what stands.
    Changes(i64),
    /// All rows.
    Whole,
}

/// What is given next of what stands.
pub fn next(subscription: &Subscription, stands: &Stands) -> Next {
    match subscription {
        _ if subscription.heading > 0 => Next::GoesOn,
        _ if subscription.load == stands.load => Next::Nothing,
        _ if subscription.load > 0 && stands.load > 0 && stands.told_since => {
            Next::Changes(subscription.load)
        }
        _ => Next::Whole,
    }
}

/// Begins to give up to what stands.
pub fn begin(subscription: &mut Subscription, base: i64, (load, run): (i64, String)) {
    (subscription.heading, subscription.base) = (load, base);
    (subscription.place, subscription.part, subscription.rows) = (0, 0, 0);
    (subscription.run, subscription.chain) = (run, String::new());
}

/// The next part, and how the subscription stands once it was given.
pub fn part_of(
    subscription: &Subscription,
    items: &[String],
    told: ChangedRows,
) -> Result<(Part, Subscription), message::Wrong> {
    let mut after = subscription.clone();
    let mode = if subscription.base == 0 { Mode::Whole } else { Mode::Changes };
    after.part += 1;
    let run = Run {
        run: subscription.run.clone(),
        part: after.part,
        mode,
        items: items.to_vec(),
        ..Run::default()
    };
    let rows = i64::try_from(told.rows.len()).unwrap_or(i64::MAX);
    let mut part = Part { publication: run, rows: told.rows, gone: told.gone, left: Vec::new() };
    after.chain = chained(&subscription.chain, &part)?;
    after.rows = after.rows.saturating_add(rows);
    after.given = after.given.saturating_add(rows);
    match told.next {
        Some(place) => after.place = place,
        None => {
            (part.publication.of, part.publication.digest) =
                (Some(after.part), Some(after.chain.clone()));
            (after.load, after.heading, after.place) = (subscription.heading, 0, 0);
        }
    }
    Ok((part, after))
}

/// How it stands, in a word: what was given of what stands.
pub fn behind(subscription: &Subscription) -> &'static str {
    match (subscription.heading > 0, subscription.load) {
        (true, _) => "正在送",
        (false, NOTHING) => "还没有送过",
        (false, _) => "已送到最新",
    }
}

#[cfg(test)]
mod tests {
    use base::{Id, Moment};

    use super::*;

    fn subscription() -> Subscription {
        let (now, id) = (Moment::from_millis(0), Id::from_bits(1));
        Subscription {
            id,
            gateway: "wjw".into(),
            organ: "ezhou-wjw".into(),
            resource: "209001/000001".into(),
            purpose: "1".into(),
            fields: Vec::new(),
            ask: Id::from_bits(2),
            state: "active".into(),
            words: String::new(),
            began: now,
            due: now,
            load: NOTHING,
            heading: 0,
            base: 0,
            place: 0,
            run: String::new(),
            part: 0,
            chain: String::new(),
            rows: 0,
            given: 0,
            given_at: None,
            moves: 0,
        }
    }

    fn stands(load: i64, told_since: bool) -> Stands {
        let fields = vec!["no".to_owned(), "name".into(), "price".into()];
        Stands { load, told_since, fields, key: vec!["no".into()], ..Stands::default() }
    }

    #[test]
    fn the_whole_comes_first_then_what_changed_and_the_whole_again_where_that_cannot_be_told() {
        let mut one = subscription();
        assert_eq!(next(&one, &stands(3, false)), Next::Whole);
        one.load = 3;
        assert_eq!(next(&one, &stands(3, true)), Next::Nothing);
        assert_eq!(next(&one, &stands(4, true)), Next::Changes(3));
        assert_eq!(next(&one, &stands(2, true)), Next::Changes(3), "the load was taken back");
        assert_eq!(next(&one, &stands(9, false)), Next::Whole);
        assert_eq!(next(&one, &stands(0, false)), Next::Whole, "no rows stand: all are gone");
        one.heading = 4;
        assert_eq!(next(&one, &stands(5, true)), Next::GoesOn);
    }

    #[test]
    fn parts_follow_one_another_and_the_last_says_so() {
        let mut one = subscription();
        begin(&mut one, 0, (7, "run".into()));
        let rows = |next| ChangedRows {
            rows: vec![vec![Some("1".into())]],
            next,
            ..ChangedRows::default()
        };
        let items = ["no".to_owned()];
        let (first, after) = part_of(&one, &items, rows(Some(1))).unwrap();
        assert_eq!((first.publication.part, first.publication.of, after.place), (1, None, 1));
        assert_eq!((after.load, after.heading), (NOTHING, 7));
        let (last, after) = part_of(&after, &items, rows(None)).unwrap();
        assert_eq!((last.publication.part, last.publication.of), (2, Some(2)));
        assert_eq!((after.load, after.heading, after.rows, after.given), (7, 0, 2, 2));
        assert!(last.fits().is_ok() && first.fits().is_ok());
        begin(&mut one, 7, (8, "run 2".into()));
        let (part, _) = part_of(&one, &items, rows(None)).unwrap();
        assert_eq!(part.publication.mode, Mode::Changes);
    }

    #[test]
    fn the_agreed_fields_are_given_and_a_row_must_be_named_by_them() {
        let day = Moment::from_millis(0).day();
        let terms = |fields: &[&str]| Standing {
            about: String::new(),
            fields: fields.iter().map(|one| (*one).to_owned()).collect(),
            ground: String::new(),
            valid_seconds: 60,
            filter: Vec::new(),
            yes_no: false,
            rate: ask::Rate::default(),
            from: day,
            until: None,
            ended: None,
            resource: "209001/000001".into(),
        };
        let (both, name) = (terms(&["name", "no"]), terms(&["name"]));
        assert_eq!(given(&both, &[], &stands(1, true)).unwrap(), ["no", "name"]);
        let code = |refused: Result<Vec<String>, Refusal>| refused.unwrap_err().code;
        assert_eq!(code(given(&both, &["name".into()], &stands(1, true))), "exchange.key_outside");
        assert_eq!(code(given(&name, &[], &stands(1, true))), "exchange.key_outside");
        let no_key = Stands { key: Vec::new(), ..stands(1, true) };
        assert_eq!(code(given(&both, &[], &no_key)), "exchange.no_key");
        let asked = |terms: Option<&Standing>, resource: &str, field: &str| {
            agreed(terms, (resource, &[field.to_owned()]), day).map(drop).map_err(|one| one.code)
        };
        let code = "209001/000001";
        assert_eq!(asked(Some(&both), code, "no"), Ok(()));
        assert_eq!(asked(Some(&both), code, "price"), Err("ask.field_outside"));
        assert_eq!(asked(Some(&both), "209002/000001", "no"), Err("ask.resource_outside"));
        assert_eq!(asked(None, code, "no"), Err("ask.no_terms"));
        let yes_no = Standing { yes_no: true, ..both.clone() };
        assert_eq!(asked(Some(&yes_no), code, "no"), Err("exchange.yes_no_alone"));
        let over = Standing { until: Some(day.plus(-1)), ..both };
        assert_eq!(asked(Some(&over), code, "no"), Err("ask.terms_over"));
    }
}
