//! Cases in a database, on SQLite and on PostgreSQL alike.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops where something is wrong"
)]

mod city;

use access::clockwork;
use base::{Day, RefusalKind, Stop};
use city::{at, each_city, remedy};
use clock::Calendar;
use kernel_flow::{
    self as flow, Command, Desk, Finding, Level, NewSignal, Order, Organs, RefusalGround, Scope,
    SignalMove, SignalOrder, SignalState, Verdict, state,
};

#[test]
fn a_case_walks_from_the_filing_to_the_delivery_and_every_step_leaves_an_act() {
    each_city(|city| {
        let now = at(2026, 3, 2);
        let case = city.file(now);
        assert_eq!(&case.no[..22], "4207001012026030200001");
        assert_eq!(case.applicant_name, "王小明");
        let case = city.walk_to_grant(now, &case);
        let case = city.does(
            now,
            &case,
            Command::Issue {
                certificate_name: "测试许可证".into(),
                certificate_no: "T-1".into(),
                valid_until: None,
            },
        );
        let receipt = "本人签收".to_owned();
        let manner = flow::Manner::Counter;
        let case = city.does(now, &case, Command::Deliver { manner, receipt });
        assert_eq!((case.state.as_str(), case.open), (state::DELIVERED, false));

        let (read, events, acts) = city.read(move |reader| {
            Ok((
                flow::case_by_no(reader, &case.no)?.expect("the case"),
                flow::events_of(reader, case.id)?,
                ledger::acts_of(reader, flow::SUBJECT, &case.id.to_string())?,
            ))
        });
        assert_eq!(read.version, 6);
        let kinds: Vec<&str> = acts.iter().map(|act| act.kind.as_str()).collect();
        let verbs = ["submitted", "accepted", "examined", "granted", "issued", "delivered"];
        assert_eq!(kinds, verbs.map(|verb| format!("sample.{verb}")));
        for (event, act) in events.iter().zip(&acts) {
            assert_eq!((event.act, event.at), (act.id, act.at));
            assert_eq!(act.content()["no"], read.no);
            assert!(!act.authority().is_empty());
        }
        assert_eq!(acts[1].who().expect("who").name, "李窗口");
        assert_eq!(acts[3].content()["said"]["verdict"], "grant");
        // What is stored is what the rules say of the events.
        let again = city.recounted(&read, &events);
        assert_eq!(again, read);
    });
}

#[test]
fn numbers_of_a_day_follow_each_other_and_carry_a_check_digit() {
    each_city(|city| {
        let (first, second) = (city.file(at(2026, 3, 2)), city.file(at(2026, 3, 2)));
        let next_day = city.file(at(2026, 3, 3));
        assert_eq!(&first.no[17..22], "00001");
        assert_eq!(&second.no[17..22], "00002");
        assert_eq!(&next_day.no[17..22], "00001");
        for case in [first, second, next_day] {
            assert_eq!(flow::CaseNumber::parse(&case.no).expect("a number").as_str(), case.no);
        }
    });
}

#[test]
fn of_two_who_decide_at_once_the_second_is_told_who_came_first() {
    each_city(|city| {
        let now = at(2026, 3, 2);
        let case = city.file(now);
        let case = city.does(now, &case, Command::Accept);
        let finding = Finding::Approve;
        let opinion = "符合条件".to_owned();
        let case =
            city.does(now, &case, Command::Examine { finding, opinion, inspectors: Vec::new() });
        let verdicts = [("赵局长", Verdict::Grant), ("钱副局长", Verdict::Deny)];
        let results: Vec<(&str, Result<flow::CaseHead, Stop>)> = std::thread::scope(|threads| {
            let running: Vec<_> = verdicts
                .into_iter()
                .map(|(name, verdict)| {
                    let case = &case;
                    threads.spawn(move || {
                        let command = Command::Decide {
                            verdict,
                            reason: "理由".into(),
                            ground: "依据".into(),
                            remedy: remedy(),
                        };
                        (name, city.tries(now, case, command, name))
                    })
                })
                .collect();
            running.into_iter().map(|thread| thread.join().expect("ended")).collect()
        });
        let winners: Vec<&str> =
            results.iter().filter(|(_, r)| r.is_ok()).map(|(name, _)| *name).collect();
        assert_eq!(winners.len(), 1, "{results:?}");
        let loser = results.iter().find_map(|(_, result)| result.as_ref().err()).expect("one");
        let refusal = loser.refusal().expect("a refusal");
        assert_eq!((refusal.kind, refusal.code), (RefusalKind::Conflict, "flow.moved"));
        assert!(refusal.message.contains(winners[0]), "{}", refusal.message);
    });
}

#[test]
fn a_stale_page_overwrites_nothing() {
    each_city(|city| {
        let now = at(2026, 3, 2);
        let seen = city.file(now);
        city.does(now, &seen, Command::Take);
        let refused = city.tries(now, &seen, Command::Accept, "李窗口").expect_err("refused");
        let refusal = refused.refusal().expect("a refusal");
        assert_eq!(refusal.code, "flow.moved");
        assert!(refusal.message.contains("李窗口已于2026-03-02 09:00办理“领办”"), "{refusal}");
        let case = city.read(move |reader| flow::case_by_id(reader, seen.id)).expect("there");
        assert_eq!(case.version, 2);
    });
}

#[test]
fn nothing_of_a_refused_order_remains() {
    each_city(|city| {
        let now = at(2026, 3, 2);
        let case = city.file(now);
        let refuse = Command::Refuse {
            because: RefusalGround::NotOurs,
            reason: "不属本局".into(),
            ground: "行政许可法第三十二条".into(),
            remedy: remedy(),
            other_organ: None,
        };
        let refused = city.tries(now, &case, refuse, "李窗口").expect_err("refused");
        assert_eq!(refused.refusal().map(|refusal| refusal.code), Some("flow.incomplete"));
        let id = case.id;
        let (events, acts) = city.read(move |reader| {
            let acts = ledger::acts_of(reader, flow::SUBJECT, &id.to_string())?;
            Ok((flow::events_of(reader, id)?, acts))
        });
        assert_eq!((events.len(), acts.len()), (1, 1));
    });
}

#[test]
fn the_queue_is_in_the_order_of_the_law_and_what_stands_still_comes_last() {
    each_city(|city| {
        let filed: Vec<_> = (2..7).map(|day| city.file(at(2026, 3, day))).collect();
        let now = at(2026, 3, 6);
        // The oldest is accepted and frozen; the second waits for the applicant.
        let frozen = city.does(now, &filed[0], Command::Accept);
        let frozen = city.does(
            now,
            &frozen,
            Command::Pause {
                kind: "hearing".into(),
                ground: "涉及重大利益".into(),
                expected_end: now.day().plus(14),
            },
        );
        let items = vec!["缺少图纸".to_owned()];
        let waits = city.does(now, &filed[1], Command::Correct { items, reply_by: None });
        let mut expected = vec![filed[2].id, filed[3].id, filed[4].id];
        let mut last = [frozen.id, waits.id];
        last.sort();
        expected.extend(last);

        let scope = Scope { organs: Organs::Subtree("/city/".into()), ..Scope::city() };
        let whole = city.read({
            let scope = scope.clone();
            move |reader| flow::queue(reader, &scope, None, 50)
        });
        let ids: Vec<_> = whole.rows.iter().map(|case| case.id).collect();
        assert_eq!((ids, whole.next), (expected.clone(), None));

        // Page by page it is the same list, and no page repeats a row.
        let (mut paged, mut after) = (Vec::new(), None);
        loop {
            let scope = scope.clone();
            let page = city.read(move |reader| flow::queue(reader, &scope, after.as_ref(), 2));
            assert!(page.rows.len() <= 2);
            paged.extend(page.rows.iter().map(|case| case.id));
            let Some(next) = page.next else { break };
            after = Some(next.to_string().parse().expect("a cursor"));
        }
        assert_eq!(paged, expected);

        let submitted = Scope { states: vec![state::SUBMITTED.into()], ..scope.clone() };
        let elsewhere = Scope { organs: Organs::These(vec!["other".into()]), ..Scope::city() };
        let both = Organs::These(vec!["other".into(), "city-bureau".into()]);
        let both = Scope { organs: both, handler: Desk::Nobody, ..Scope::city() };
        let counts = city.read(move |reader| {
            Ok([
                flow::waiting(reader, &submitted)?,
                flow::waiting(reader, &elsewhere)?,
                flow::waiting(reader, &both)?,
            ])
        });
        assert_eq!(counts, [3, 0, 5]);
    });
}

#[test]
fn supervision_sees_what_is_near_over_and_frozen() {
    each_city(|city| {
        let start = at(2026, 3, 2);
        let late = city.file(start);
        let late = city.does(start, &late, Command::Accept);
        let broken = city.file(at(2026, 3, 9));
        let broken = city.does(at(2026, 3, 9), &broken, Command::Accept);
        let frozen = city.file(at(2026, 3, 9));
        let frozen = city.does(at(2026, 3, 9), &frozen, Command::Accept);
        city.does(
            at(2026, 3, 9),
            &frozen,
            Command::Pause {
                kind: "appraisal".into(),
                ground: "需要鉴定".into(),
                expected_end: Day::new(2026, 4, 30).expect("a day"),
            },
        );
        city.file(at(2026, 3, 31));
        let today = Day::new(2026, 4, 1).expect("a day");
        assert!(late.due_law.expect("due") < today);
        assert!(broken.due.expect("due") < today && broken.due_law.expect("due") >= today);
        let soon = Calendar::china().add_working_days(today, 4);
        let counts =
            city.read(move |reader| flow::counts_by_organ(reader, &Scope::city(), today, soon));
        assert_eq!(counts.len(), 1);
        assert_eq!(counts[0].organ_name, "市某局");
        let flow::OrganCounts { open, soon, over_promised, over_law, paused, awaiting, .. } =
            counts[0];
        assert_eq!([open, soon, over_promised, over_law, paused, awaiting], [4, 1, 1, 1, 1, 0]);
        let page = city.read(move |reader| flow::due_for_signals(reader, today, None, 50));
        let found: Vec<_> = page.rows.iter().map(|case| case.id).collect();
        assert_eq!(found, [late.id, broken.id]);
    });
}

#[test]
fn the_clockwork_accepts_what_nobody_looked_at() {
    each_city(|city| {
        let case = city.file(at(2026, 3, 2));
        let now = at(2026, 3, 10);
        let command = flow::overdue_order(&case, now.day()).expect("overdue");
        let order = Order::new(now, "sample", case.id, command);
        let applied = city.write(move |tx| {
            let permit = clockwork("sample.clockwork");
            flow::apply(tx, &permit, &order, &Calendar::china())
        });
        let applied = applied.expect("accepted");
        assert_eq!(applied.case.accepted_on, Some(case.received_on));
        assert_eq!(
            (applied.event.command.as_str(), applied.event.name.as_str()),
            ("deem_accepted", "系统")
        );
    });
}

#[test]
fn what_was_decided_is_tallied_against_the_promise() {
    each_city(|city| {
        let day = |n| at(2026, 3, n);
        for decided in [3, 25] {
            let case = city.file(day(2));
            let case = city.does(day(2), &case, Command::Accept);
            city.decide(day(decided), &case, Verdict::Grant);
        }
        let (from, to) = (day(1).day(), day(31).day());
        let tally = city.read(move |reader| flow::tally(reader, &Scope::city(), from, to));
        let flow::OrganTally { decided, granted, denied, in_promised, in_law, early, .. } =
            tally[0];
        assert_eq!([decided, granted, denied, in_promised, in_law, early], [2, 2, 0, 1, 2, 1]);
        let mine = city.read({
            let account = city.account("王小明");
            move |reader| flow::mine(reader, &account, None, 1)
        });
        assert_eq!(mine.rows.len(), 1);
        assert!(mine.next.is_some());
    });
}

#[test]
fn a_signal_speaks_once_and_is_never_deleted() {
    each_city(|city| {
        let now = at(2026, 3, 2);
        let case = city.file(now);
        let raise = || NewSignal {
            rule: "R04".into(),
            level: Level::Red,
            message: "超过法定期限".into(),
            basis: "监察规则".into(),
            cycle: case.cycle(),
            ..NewSignal::new(now, "sample", case.id)
        };
        let (first, second) = (raise(), raise());
        let id = first.id;
        let newly = city.write(move |tx| {
            let permit = clockwork("sample.watch");
            let newly = flow::raise_signal(tx, &permit, &first)?;
            Ok([newly, flow::raise_signal(tx, &permit, &second)?])
        });
        assert_eq!(newly.expect("raised"), [true, false]);

        let moves = [
            SignalMove::Seen,
            SignalMove::Appeal { words: "系统停机".into() },
            SignalMove::Cancel { reason: "情况属实".into() },
        ];
        for to_do in moves {
            let to = to_do.to();
            let order = SignalOrder::new(now, "sample", case.id, id, to_do);
            let moved =
                city.write(move |tx| flow::move_signal(tx, &clockwork("sample.watch"), &order));
            assert_eq!(moved.expect("moved").state, to);
        }
        let id_of_case = case.id;
        let (signals, open, counts, acts) = city.read(move |reader| {
            Ok((
                flow::signals_of(reader, id_of_case)?,
                flow::open_signals(reader, &Scope::city(), None, 10)?,
                flow::signal_counts(reader, &Scope::city())?,
                ledger::acts_of(reader, flow::SUBJECT, &id_of_case.to_string())?,
            ))
        });
        assert_eq!(signals.len(), 1);
        assert_eq!(
            (signals[0].state, signals[0].words.as_str()),
            (SignalState::Cancelled, "情况属实")
        );
        assert_eq!((open.rows.len(), counts.red), (0, 0));
        assert_eq!(acts.len(), 5);
    });
}

#[test]
fn neither_cases_nor_their_events_nor_signals_can_be_deleted() {
    each_city(|city| {
        let now = at(2026, 3, 2);
        let case = city.file(now);
        let signal = NewSignal {
            rule: "R01".into(),
            cycle: case.cycle(),
            ..NewSignal::new(now, "sample", case.id)
        };
        city.write(move |tx| flow::raise_signal(tx, &clockwork("sample.watch"), &signal))
            .expect("raised");
        for statement in [
            "DELETE FROM flow_signals",
            "DELETE FROM flow_events",
            "UPDATE flow_events SET name = 'somebody else'",
            "DELETE FROM flow_cases",
            "DELETE FROM flow_definitions",
            "UPDATE flow_definitions SET body = ''",
        ] {
            let done = city.write(move |tx| Ok(tx.run(statement, &[])?));
            assert!(done.is_err(), "{statement}");
        }
    });
}

#[test]
fn a_definition_in_force_is_never_changed() {
    each_city(|city| {
        let mut other = city::sample();
        let now = at(2026, 3, 2);
        let again = other.clone();
        city.write(move |tx| flow::install(tx, &again, now)).expect("nothing to do");
        other.limits.completeness.days = 6;
        let changed = other.clone();
        assert!(city.write(move |tx| flow::install(tx, &changed, now)).is_err());
        // A new version comes into force on its day; what was filed before keeps its own.
        let before = city.file(now);
        other.version = 2;
        other.from = Day::new(2026, 4, 1).expect("a day");
        city.write(move |tx| flow::install(tx, &other, now)).expect("installed");
        let (march, april) = (city.file(at(2026, 3, 31)), city.file(at(2026, 4, 1)));
        assert_eq!((march.definition_version, april.definition_version), (1, 2));
        assert_eq!(april.due, Some(Calendar::china().add_working_days(april.received_on, 6)));
        let accepted = city.does(now, &before, Command::Accept);
        assert_eq!(accepted.definition_version, 1);
    });
}

#[test]
fn new_holidays_move_the_dates_that_were_stored() {
    each_city(|city| {
        let case = city.file(at(2026, 3, 2));
        assert_eq!(case.due, Day::new(2026, 3, 9));
        let notice = r#"{"year": 2026, "standing": "announced", "basis": "测试", "makeup": [],
            "published": "2026-03-03",
            "holidays": [{"name": "测试节", "from": "2026-03-04", "through": "2026-03-05"}]}"#;
        let announced = Calendar::from_json(notice).expect("a calendar");
        let act = ledger::Act::new(at(2026, 3, 3), "flow.recounted", flow::SUBJECT, case.id);
        for moved in [true, false] {
            let (act, announced) = (act.clone(), announced.clone());
            let done = city.write(move |tx| {
                let permit = clockwork("sample.clockwork");
                flow::recount_case(tx, &permit, case.id, &act, &announced)
            });
            assert_eq!(done.expect("recounted"), moved);
        }
        let case = city.read(move |reader| flow::case_by_id(reader, case.id)).expect("there");
        assert_eq!((case.due, case.look_on), (Day::new(2026, 3, 11), Day::new(2026, 3, 11)));
    });
}

#[test]
fn running_cases_go_to_the_organ_that_takes_the_place_of_their_own() {
    each_city(|city| {
        let now = at(2026, 3, 2);
        let case = city.does(now, &city.file(now), Command::Accept);
        let other = city.read(|r| access::organ_by_id(r, "other")).expect("the other bureau");
        let act = flow::rehoming(&case, now);
        let (id, to) = (case.id, other.clone());
        let moved = city.write(move |tx| {
            flow::rehome_case(tx, &access::clockwork("sample.move"), id, &to, &act)
        });
        assert_eq!(moved.expect("moved").case.organ, "other");
        let stored = city.read(move |r| flow::case_by_id(r, id)).expect("the case");
        let place = (stored.organ_name.as_str(), stored.organ_path.as_str());
        assert_eq!(place, ("另一局", "/city/other/"));
        assert_eq!(stored.handler_account, None, "it waits to be taken");
        assert_eq!((stored.due, stored.state.as_str()), (case.due, case.state.as_str()));
        let events = city.read(move |r| flow::events_of(r, id));
        assert_eq!(events.last().expect("an event").command, "rehome");
        assert_eq!(city.recounted(&stored, &events).due, stored.due);
        let running =
            |organ: &'static str| city.read(move |r| Ok(flow::running_in(r, organ, 10)?.len()));
        assert_eq!((running("city-bureau"), running("other")), (0, 1));
        // Who handled it before does no longer.
        let examine = Command::Examine {
            finding: kernel_flow::Finding::Approve,
            opinion: "符合".into(),
            inspectors: Vec::new(),
        };
        assert!(city.tries(now, &stored, examine, "孙审查").is_err());
    });
}

#[test]
fn an_organ_that_has_ended_takes_no_new_case() {
    each_city(|city| {
        let now = at(2026, 3, 2);
        city.write(move |tx| {
            let end = access::OrganChange::Ended { organ: "city-bureau".into(), successor: None };
            access::change_organ(tx, &access::clockwork("sample.end"), &end, now.day())
        })
        .expect("ended");
        let refused = city.files(now).expect_err("no new case");
        let base::Stop::Refused(refusal) = refused else { panic!("{refused:?}") };
        assert_eq!(refusal.code, "flow.organ_over");
    });
}

#[test]
fn the_words_of_a_case_are_erased_once_and_its_dates_stay_as_they_were() {
    each_city(|city| {
        let now = at(2026, 3, 2);
        let case = city.walk_to_grant(now, &city.file(now));
        let (id, document) = (case.id, "鄂州网信罚〔2026〕3号");
        let erase =
            move |tx: &store::Tx<'_>| flow::erase_case(tx, &clockwork("tests"), id, document);
        assert_eq!(city.write(erase).expect("erased").events, 4);
        assert_eq!(city.write(erase).expect("erased").events, 0, "twice is once");
        let (read, events) = city.read(move |reader| {
            Ok((flow::case_by_id(reader, id)?.expect("the case"), flow::events_of(reader, id)?))
        });
        assert_eq!(read.erased.as_deref(), Some(document));
        assert_eq!((read.applicant_name.as_str(), read.title.as_str()), ("（已删除）", "测试事项"));
        assert_eq!(events[0].name, "（已删除）", "the applicant's own step");
        assert_eq!(events[1].name, "李窗口", "who handled it answers for it");
        assert_eq!(events[3].said["verdict"], "grant");
        assert!(events.iter().all(|event| event.said.get("reason").is_none()));
        assert!(events.iter().all(|event| event.said.get("opinion").is_none()));
        assert_eq!(city.recounted(&read, &events), read);
        assert_eq!((read.due, read.decided_on), (case.due, case.decided_on));
    });
}

#[test]
fn an_event_is_changed_in_no_other_way_not_even_under_the_name_of_an_order() {
    each_city(|city| {
        let case = city.file(at(2026, 3, 2));
        let id = case.id.to_string();
        for change in [
            "said = '{}'",
            "at = at + 1, erased = 'x'",
            "command = 'accept', erased = 'x'",
            "clocks = '[]', erased = 'x'",
            "post = 'x', erased = 'x'",
            "account = NULL, erased = 'x'",
            "act = 'x', erased = 'x'",
            "said = '{\"reason\":\"another and a much longer reason than the one that was given\"}', \
             erased = 'x'",
        ] {
            let sql = format!("UPDATE flow_events SET {change} WHERE case_id = $1");
            let id = id.clone();
            let meddled = city.write(move |tx| Ok(tx.run(&sql, &[id.as_str().into()])?));
            assert!(meddled.is_err(), "{change}");
        }
        let erase = {
            let id = case.id;
            move |tx: &store::Tx<'_>| flow::erase_case(tx, &clockwork("tests"), id, "甲〔2026〕1号")
        };
        city.write(erase).expect("erased");
        let again = "UPDATE flow_events SET said = '{}', erased = 'y' WHERE case_id = $1";
        let again = city.write(move |tx| Ok(tx.run(again, &[id.as_str().into()])?));
        assert!(again.is_err(), "what was erased is not changed a second time");
    });
}
