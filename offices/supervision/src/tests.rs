//! Scenarios on both databases: a bureau with its people, cases that grow late, signals that stay.

mod pages;

use std::collections::HashMap;
use std::sync::OnceLock;

use access::{
    Account, Actor, Holding, Kind, NewAccount, NewOrgan, Over, Permission, Person, Reach,
    authorise, clockwork,
};
use base::{Day, Id, Moment, Outcome, Stop};
use clock::{Calendar, Limit, Limits};
use flow::{
    CaseHead, Command, Desk, Level, NewCase, Order, Scope, Signal, SignalMove, SignalOrder,
    SignalState,
};
use seal::Keys;
use testkit::database::each_database;

use crate::acts::{self, Watched};
use crate::store as rules_store;
use crate::terms::{INBOX, WATCH};

const fn permission(name: &'static str, role: &'static [(&'static str, Reach)]) -> Permission {
    Permission { name, about: "测试", roles: role }
}

static RECEIVE: Permission = permission("sample.receive", &[("clerk", Reach::Organ)]);
static EXAMINE: Permission = permission("sample.examine", &[("examiner", Reach::Organ)]);

/// Name, role, organ.
const PEOPLE: &[(&str, &str, &str)] = &[
    ("李窗口", "clerk", "bureau"),
    ("孙审查", "examiner", "bureau"),
    ("周审查", "examiner", "bureau"),
    ("吴窗口", "clerk", "other"),
    ("郑监察", "supervisor", "city"),
];

fn at(month: i8, day: i8) -> Moment {
    Day::new(2026, month, day).expect("a day").start().plus_seconds(9 * 3_600)
}

fn calendar() -> &'static Calendar {
    static CALENDAR: OnceLock<Calendar> = OnceLock::new();
    CALENDAR.get_or_init(Calendar::china)
}

struct Town {
    store: store::Store,
    ledger: ledger::Ledger,
    people: HashMap<&'static str, Id<Account>>,
}

fn each_town(test: impl Fn(&Town)) {
    each_database(|store| test(&Town::founded(store)));
}

fn organ(id: &str, parent: Option<&str>, code: &str) -> NewOrgan {
    NewOrgan {
        id: id.into(),
        parent: parent.map(Into::into),
        name: format!("{id}局"),
        short_name: id.into(),
        kind: "department".into(),
        code: code.into(),
        credit_code: None,
        division: "420700".into(),
        place: 1,
        duties: String::new(),
        phone: String::new(),
    }
}

impl Town {
    fn founded(store: store::Store) -> Self {
        let sets = [ledger::MIGRATIONS, access::MIGRATIONS, flow::MIGRATIONS, crate::MIGRATIONS];
        store.migrate(&sets).expect("migrated");
        let now = at(1, 5);
        let people: HashMap<&'static str, Id<Account>> =
            PEOPLE.iter().map(|(name, ..)| (*name, Id::mint(now))).collect();
        let (ids, keys) = (people.clone(), Keys::for_tests());
        let sample = include_str!("../../../kernel/flow/tests/sample.json");
        let sample = flow::Definition::from_json(sample).expect("the sample reads");
        store
            .write_now(move |tx| {
                let permit = clockwork("tests");
                access::grant_defaults(tx, &[RECEIVE, EXAMINE, WATCH, INBOX])?;
                access::put_organ(tx, &permit, &organ("city", None, "001"))?;
                access::put_organ(tx, &permit, &organ("bureau", Some("city"), "101"))?;
                access::put_organ(tx, &permit, &organ("other", Some("city"), "102"))?;
                for (name, role, organ) in PEOPLE {
                    settle_in(tx, &keys, ids[name], (name, role, organ), now)?;
                }
                flow::install(tx, &sample, now)?;
                acts::install_rules(tx, &permit)?;
                acts::install_rules(tx, &permit)
            })
            .expect("founded");
        let ledger =
            ledger::Ledger::new(store.clone(), Keys::for_tests().into(), "test.example/log");
        Self { store, ledger, people }
    }

    fn actor(&self, name: &str, now: Moment) -> Actor {
        Actor::Person(
            Person {
                account: self.people[name],
                login: name.into(),
                name: name.into(),
                kind: Kind::Staff,
                real_name: true,
                posts: Vec::new(),
                at: now,
                session: [0; 32],
                standing: access::Standing::Whole,
            }
            .into(),
        )
    }

    /// A case the clerk files and accepts at once, promised in ten working days, twenty by law.
    fn accepted(&self, now: Moment) -> CaseHead {
        let actor = self.actor("李窗口", now);
        let new = NewCase {
            item_code: "000125002000".into(),
            item_name: "测试事项".into(),
            title: "测试事项的申请".into(),
            organ: "bureau".into(),
            applicant_name: "王小明".into(),
            limits: Limits {
                legal: Some(Limit::working(20)),
                promised: Some(Limit::working(10)),
                basis: "行政许可法第四十二条".into(),
            },
            ..NewCase::new(now, "sample", "sample", "counter")
        };
        let accept = Order::new(now, "sample", new.id, Command::Accept);
        let applied = self.ledger.write_now(move |tx| {
            let permit = authorise(tx, &actor, &RECEIVE, Over::Organ("bureau".into()))?;
            flow::open_case(tx, &permit, &new, calendar())?;
            flow::apply(tx, &permit, &accept, calendar())
        });
        applied.expect("accepted").case
    }

    fn orders(&self, now: Moment, case: &CaseHead, command: Command) -> CaseHead {
        let actor = self.actor("孙审查", now);
        let order = Order::new(now, "sample", case.id, command);
        let applied = self.ledger.write_now(move |tx| {
            let permit = authorise(tx, &actor, &EXAMINE, Over::Organ("bureau".into()))?;
            flow::apply(tx, &permit, &order, calendar())
        });
        applied.expect("allowed").case
    }

    /// One round of the watch; how many signals it raised.
    fn watch(&self, now: Moment) -> usize {
        let today = now.day();
        let page = self
            .store
            .read_now(move |reader| {
                let rules = rules_store::rules_on(reader, today)?;
                let watched = Watched { rules: &rules, today, calendar: calendar() };
                acts::unsaid(reader, &watched, None)
            })
            .expect("watched");
        let new: Vec<_> =
            page.rows.into_iter().map(|(case, said)| acts::minted(now, case, said)).collect();
        let raised = self.ledger.write_now(move |tx| {
            let rules = rules_store::rules_on(tx, today)?;
            let watched = Watched { rules: &rules, today, calendar: calendar() };
            acts::raise(tx, &clockwork("supervision.watch"), &new, &watched)
        });
        raised.expect("raised")
    }

    fn tidy(&self, now: Moment) {
        let page = self.store.read_now(|reader| acts::spent(reader, None)).expect("read");
        let orders: Vec<_> =
            page.rows.iter().map(|signal| acts::putting_away(now, signal)).collect();
        self.store
            .write_now(move |tx| acts::put_away(tx, &clockwork("supervision.watch"), &orders))
            .expect("put away");
    }

    fn signals(&self, case: &CaseHead) -> Vec<Signal> {
        let id = case.id;
        self.store.read_now(move |reader| flow::signals_of(reader, id)).expect("read")
    }

    fn inbox(&self, name: &str, now: Moment) -> Vec<Signal> {
        let actor = self.actor(name, now);
        self.store
            .read_now(move |reader| {
                let permit = authorise(reader, &actor, &INBOX, Over::Any)?;
                let scope = crate::inbox_scope(&permit);
                Ok(flow::open_signals(reader, &scope, None, 100)?.rows)
            })
            .expect("read")
    }

    fn answers(
        &self,
        now: Moment,
        name: &str,
        signal: &Signal,
        to_do: SignalMove,
    ) -> Result<Signal, Stop> {
        let actor = self.actor(name, now);
        let order = SignalOrder::new(now, acts::OFFICE, signal.case, signal.id, to_do);
        self.ledger.write_now(move |tx| acts::answer(tx, &actor, &order))
    }

    fn settles(
        &self,
        now: Moment,
        name: &str,
        signal: &Signal,
        to_do: SignalMove,
    ) -> Result<Signal, Stop> {
        let actor = self.actor(name, now);
        let order = SignalOrder::new(now, acts::OFFICE, signal.case, signal.id, to_do);
        self.ledger.write_now(move |tx| acts::settle(tx, &actor, &order))
    }
}

fn settle_in(
    tx: &store::Tx<'_>,
    keys: &Keys,
    account: Id<Account>,
    (name, role, organ): (&str, &str, &str),
    now: Moment,
) -> Outcome<()> {
    let permit = clockwork("tests");
    let new = NewAccount {
        id: account,
        login: name.into(),
        kind: Kind::Staff,
        name: name.into(),
        password: None,
        number: None,
        phone: None,
        email: None,
        real_name: true,
    };
    access::create_account(tx, &permit, keys, &new, now)?;
    let holding = Holding {
        id: Id::mint(now),
        account,
        role: role.into(),
        organ: organ.into(),
        post: access::role_title(role).into(),
        from: now.day(),
        until: None,
    };
    access::give_holding(tx, &permit, &holding)
}

fn code(stop: Stop) -> &'static str {
    stop.refusal().map_or("a fault", |refusal| refusal.code)
}

fn rules_of(signals: &[Signal]) -> Vec<(&str, Level)> {
    signals.iter().map(|signal| (signal.rule.as_str(), signal.level)).collect()
}

#[test]
fn a_case_is_reminded_then_gets_a_yellow_and_a_red_card_once_each() {
    each_town(|town| {
        // Accepted on 2 November: promised for the 16th, due by law on the 30th.
        let case = town.accepted(at(11, 2));
        assert_eq!(case.due_promised, Day::new(2026, 11, 16));
        assert_eq!(town.watch(at(11, 12)), 0);
        assert_eq!(town.watch(at(11, 13)), 1);
        assert_eq!(town.watch(at(11, 13)), 0);
        assert_eq!(town.watch(at(11, 16)), 0);
        assert_eq!(town.watch(at(11, 17)), 1);
        assert_eq!(town.watch(at(11, 18)), 0);
        assert_eq!(town.watch(at(12, 1)), 1);
        assert_eq!(town.watch(at(12, 20)), 0);
        let said = [("R01", Level::Reminder), ("R03", Level::Yellow), ("R04", Level::Red)];
        assert_eq!(rules_of(&town.signals(&case)), said);
    });
}

#[test]
fn a_paused_case_is_left_alone_and_watched_again_when_it_goes_on() {
    each_town(|town| {
        let case = town.accepted(at(11, 2));
        let pause = Command::Pause {
            kind: "testing".into(),
            ground: "委托检测".into(),
            expected_end: Day::new(2026, 12, 11).expect("a day"),
        };
        let case = town.orders(at(11, 5), &case, pause);
        assert_eq!(town.watch(at(12, 8)), 0);
        let case = town.orders(at(12, 9), &case, Command::Resume { result: "合格".into() });
        assert_eq!(town.watch(at(12, 10)), 0);
        let due = case.due.expect("a clock that runs");
        assert_eq!(town.watch(due.start()), 1);
    });
}

#[test]
fn a_signal_reaches_the_desk_the_case_lies_on_or_all_desks_of_the_organ() {
    each_town(|town| {
        let on_no_desk = town.accepted(at(11, 2));
        let taken = town.accepted(at(11, 2));
        town.orders(at(11, 3), &taken, Command::Take);
        assert_eq!(town.watch(at(11, 16)), 2);
        let cases = |name| {
            let mut cases: Vec<_> =
                town.inbox(name, at(11, 16)).into_iter().map(|signal| signal.case).collect();
            cases.sort_by_key(ToString::to_string);
            cases
        };
        let mut both = vec![on_no_desk.id, taken.id];
        both.sort_by_key(ToString::to_string);
        assert_eq!(cases("孙审查"), both);
        assert_eq!(cases("周审查"), [on_no_desk.id]);
        assert!(cases("吴窗口").is_empty());
    });
}

#[test]
fn a_signal_is_received_answered_and_upheld_and_then_closed() {
    each_town(|town| {
        let case = town.accepted(at(11, 2));
        town.orders(at(11, 3), &case, Command::Take);
        town.watch(at(11, 17));
        let signal = town.signals(&case).remove(0);
        let now = at(11, 17);
        let appeal = SignalMove::Appeal { words: "材料在途".into() };

        let stop = town.answers(now, "周审查", &signal, SignalMove::Seen).expect_err("not his");
        assert_eq!(code(stop), "supervision.not_yours");
        let stop = town.answers(now, "吴窗口", &signal, SignalMove::Seen).expect_err("far away");
        assert_eq!(code(stop), "access.out_of_reach");
        let stop = town.settles(now, "孙审查", &signal, appeal.clone()).expect_err("no post");
        assert_eq!(code(stop), "access.forbidden");
        let cancel = SignalMove::Cancel { reason: "误发".into() };
        let stop = town.answers(now, "孙审查", &signal, cancel).expect_err("not his part");
        assert_eq!(code(stop), "supervision.not_the_handlers");

        let seen = town.answers(now, "孙审查", &signal, SignalMove::Seen).expect("received");
        assert_eq!(seen.state, SignalState::Seen);
        let said = town.answers(now, "孙审查", &signal, appeal).expect("answered");
        assert_eq!((said.state, said.words.as_str()), (SignalState::Appealed, "材料在途"));
        let uphold = SignalMove::Uphold { words: "不影响计时".into() };
        let upheld = town.settles(now, "郑监察", &signal, uphold).expect("upheld");
        assert_eq!(upheld.state, SignalState::Upheld);
        let close = SignalMove::Close { words: "已经补办".into() };
        let closed = town.settles(now, "郑监察", &signal, close).expect("closed");
        assert!(!closed.state.is_open());
        assert!(town.inbox("孙审查", now).is_empty());
        assert_eq!(town.signals(&case).len(), 1);
    });
}

#[test]
fn a_signal_is_cancelled_only_with_a_reason() {
    each_town(|town| {
        let case = town.accepted(at(11, 2));
        town.watch(at(11, 17));
        let signal = town.signals(&case).remove(0);
        let silent = SignalMove::Cancel { reason: " ".into() };
        let stop = town.settles(at(11, 17), "郑监察", &signal, silent).expect_err("no reason");
        assert_eq!(code(stop), "flow.signal_words");
        let long = SignalMove::Cancel { reason: "长".repeat(1_001) };
        let stop = town.settles(at(11, 17), "郑监察", &signal, long).expect_err("too long");
        assert_eq!(code(stop), "supervision.too_long");
        let said = SignalMove::Cancel { reason: "放假安排调整".into() };
        town.settles(at(11, 17), "郑监察", &signal, said).expect("cancelled");
        // The rule does not speak again on the same occasion.
        assert_eq!(town.watch(at(11, 18)), 0);
    });
}

#[test]
fn a_signal_cannot_be_deleted() {
    each_town(|town| {
        let case = town.accepted(at(11, 2));
        town.watch(at(12, 1));
        let before = town.signals(&case);
        assert_eq!(before.len(), 2);
        let deleted = town.ledger.write_now(|tx| Ok(tx.run("DELETE FROM flow_signals", &[])?));
        assert!(deleted.is_err());
        let one = before[0].id;
        let deleted = town.ledger.write_now(move |tx| {
            Ok(tx.run("DELETE FROM flow_signals WHERE id = $1", &[one.into()])?)
        });
        assert!(deleted.is_err());
        assert_eq!(town.signals(&case), before);
    });
}

#[test]
fn a_reminder_is_put_away_when_its_clock_has_stopped_and_cards_stay() {
    each_town(|town| {
        let case = town.accepted(at(11, 2));
        town.watch(at(11, 13));
        town.tidy(at(11, 13));
        assert!(town.signals(&case).iter().all(|signal| signal.state.is_open()));
        town.watch(at(11, 17));
        let pause = Command::Pause {
            kind: "testing".into(),
            ground: "委托检测".into(),
            expected_end: Day::new(2026, 12, 11).expect("a day"),
        };
        town.orders(at(11, 17), &case, pause);
        town.tidy(at(11, 17));
        let states: Vec<_> =
            town.signals(&case).iter().map(|signal| (signal.level, signal.state)).collect();
        let expected =
            [(Level::Reminder, SignalState::Closed), (Level::Yellow, SignalState::Raised)];
        assert_eq!(states, expected);
    });
}

#[test]
fn a_case_whose_clock_stops_between_the_look_and_the_write_gets_no_card() {
    each_town(|town| {
        let case = town.accepted(at(11, 2));
        let today = at(11, 17).day();
        let late = town
            .store
            .read_now(move |reader| {
                let rules = rules_store::rules_on(reader, today)?;
                let watched = Watched { rules: &rules, today, calendar: calendar() };
                acts::unsaid(reader, &watched, None)
            })
            .expect("read");
        let pause = Command::Pause {
            kind: "testing".into(),
            ground: "委托检测".into(),
            expected_end: Day::new(2026, 12, 11).expect("a day"),
        };
        town.orders(at(11, 17), &case, pause);
        let new: Vec<_> = late
            .rows
            .into_iter()
            .map(|(case, said)| acts::minted(at(11, 17), case, said))
            .collect();
        assert_eq!(new.len(), 1);
        let raised = town.ledger.write_now(move |tx| {
            let rules = rules_store::rules_on(tx, today)?;
            let watched = Watched { rules: &rules, today, calendar: calendar() };
            acts::raise(tx, &clockwork("supervision.watch"), &new, &watched)
        });
        assert_eq!(raised.expect("written"), 0);
    });
}

#[test]
fn the_rules_of_a_day_are_read_back_as_they_were_written() {
    each_town(|town| {
        let day = at(11, 2).day();
        let rules = town.store.read_now(move |reader| rules_store::rules_on(reader, day));
        let written: Vec<crate::terms::Rule> =
            serde_json::from_str(include_str!("../data/rules.json")).expect("the rules");
        assert_eq!(rules.expect("read"), written);
        let other = crate::terms::Rule { text: "别的话".into(), ..written[0].clone() };
        let stop = town
            .store
            .write_now(move |tx| rules_store::put_rule(tx, &clockwork("tests"), &other))
            .expect_err("the words of a version stand");
        assert!(stop.refusal().is_none());
    });
}

#[test]
fn the_inbox_of_nobody_is_empty() {
    let scope = crate::inbox_scope(&clockwork("tests"));
    assert_eq!(Scope { handler: Desk::NobodyOr(String::new()), ..Scope::city() }, scope);
}
