//! A bundle changes on its day, and never brings two administrators together.

use store::Store;
use testkit::database::each_database;

use super::*;
use crate::authorise::clockwork;

const ALL: &[(&str, Reach)] = &[("clerk", Reach::Organ), ("secadmin", Reach::City)];
const WORK: Permission =
    Permission { name: "a.work", about: "办理", roles: &[("clerk", Reach::Organ)] };
const GUARD: Permission =
    Permission { name: "a.guard", about: "管", roles: &[("secadmin", Reach::City)] };
const OPEN: Permission =
    Permission { name: "a.open", about: "开", roles: &[("sysadmin", Reach::City)] };
const SEE: Permission = Permission { name: "a.see", about: "看", roles: ALL };

fn day(text: &str) -> Day {
    text.parse().expect("a day")
}

fn founded(store: &Store) {
    store.migrate(&[ledger::MIGRATIONS, crate::MIGRATIONS]).expect("migrated");
    let all = |tx: &Tx<'_>| grant_defaults(tx, &[WORK, GUARD, OPEN, SEE]);
    store.write_now(all).expect("founded");
    store.write_now(all).expect("a second time");
}

fn change(role: &str, add: &[(&str, Reach)], remove: &[&str]) -> BundleChange {
    BundleChange {
        role: role.into(),
        title: role.into(),
        fate: Fate::Goes,
        add: add.iter().map(|(name, reach)| ((*name).to_owned(), *reach)).collect(),
        remove: remove.iter().map(|name| (*name).to_owned()).collect(),
    }
}

/// The code of the refusal, if there is one.
fn made(store: &Store, change: BundleChange, from: &str) -> Option<&'static str> {
    let from = day(from);
    let done = store.write_now(move |tx| change_bundle(tx, &clockwork("test"), &change, from));
    match done {
        Ok(()) => None,
        Err(base::Stop::Refused(refusal)) => Some(refusal.code),
        Err(stop) => panic!("{stop:?}"),
    }
}

fn may(store: &Store, role: &str, on: &str) -> Vec<(String, Reach)> {
    let on = day(on);
    let rights = store.read_now(move |r| rights_on(r, on)).expect("rights");
    let of = rights.into_iter().filter(|right| right.role == role);
    of.map(|right| (right.permission, right.reach)).collect()
}

#[test]
fn a_bundle_changes_on_its_day_and_what_it_was_stays_readable() {
    each_database(|store| {
        founded(&store);
        let wide = change("clerk", &[("a.see", Reach::Subtree)], &["a.work"]);
        assert_eq!(made(&store, wide.clone(), "2026-03-10"), None);
        let see = |reach| ("a.see".to_owned(), reach);
        let before = [see(Reach::Organ), ("a.work".to_owned(), Reach::Organ)];
        assert_eq!(may(&store, "clerk", "2026-03-09"), before);
        assert_eq!(may(&store, "clerk", "2026-03-10"), [see(Reach::Subtree)]);
        assert_eq!(made(&store, wide, "2026-03-11"), Some("access.bundle_moved"));
        // What is decided for a later day is not overtaken.
        let back = change("clerk", &[("a.work", Reach::Organ)], &[]);
        assert_eq!(made(&store, back.clone(), "2026-03-09"), Some("access.changed_later"));
        assert_eq!(made(&store, back, "2026-03-12"), None);
        assert_eq!(may(&store, "clerk", "2026-03-11"), [see(Reach::Subtree)]);
        assert_eq!(may(&store, "clerk", "2026-03-12").len(), 2);
        // And what was given this morning is taken away the same day.
        let gone = change("clerk", &[], &["a.work"]);
        assert_eq!(made(&store, gone, "2026-03-12"), None);
        assert_eq!(may(&store, "clerk", "2026-03-12"), [see(Reach::Subtree)]);
        let again = change("clerk", &[("a.work", Reach::Organ)], &[]);
        assert_eq!(made(&store, again, "2026-03-12"), None);
        assert_eq!(may(&store, "clerk", "2026-03-12").len(), 2);
    });
}

#[test]
fn no_bundle_brings_two_administrators_together() {
    each_database(|store| {
        founded(&store);
        for (role, permission) in [
            ("clerk", "a.guard"),
            ("clerk", "a.open"),
            ("sysadmin", "a.guard"),
            ("secadmin", "a.open"),
            ("secadmin", "a.work"),
            ("auditor", "a.see"),
            ("citizen", "a.work"),
            ("anyone", "a.work"),
            ("clerk", "a.unknown"),
        ] {
            let wished = change(role, &[(permission, Reach::Own)], &[]);
            let refused = made(&store, wished, "2026-03-10");
            assert_eq!(refused, Some("access.not_made_for"), "{permission} for {role}");
            // Nor does the database let it in from elsewhere.
            let sql = format!(
                "INSERT INTO access_grants (permission, role, turn, reach, from_day)
                 VALUES ('{permission}', '{role}', 7, 'own', 0)"
            );
            let forced = store.write_now(move |tx| Ok(tx.run(&sql, &[])?));
            assert!(forced.is_err(), "{permission} forced upon {role}");
        }
        for sql in [
            "DELETE FROM access_grants",
            "DELETE FROM access_roles",
            "UPDATE access_grants SET reach = 'city' WHERE role = 'clerk'",
            "UPDATE access_grants SET role = 'auditor' WHERE role = 'secadmin'",
            "UPDATE access_sides SET side = 'staff'",
            "UPDATE access_roles SET side = 'security' WHERE name = 'clerk'",
            "INSERT INTO access_roles (name, title, side, from_day)
             VALUES ('second', '又一个', 'security', 0)",
        ] {
            let forced = store.write_now(move |tx| Ok(tx.run(sql, &[])?));
            assert!(forced.is_err(), "{sql}");
        }
    });
}

#[test]
fn nothing_is_taken_from_those_who_read_the_record() {
    const READ: Permission =
        Permission { name: "a.read", about: "查阅", roles: &[("auditor", Reach::City)] };
    each_database(|store| {
        store.migrate(&[ledger::MIGRATIONS, crate::MIGRATIONS]).expect("migrated");
        store.write_now(|tx| grant_defaults(tx, &[WORK, READ])).expect("founded");
        for wished in [
            change("auditor", &[], &["a.read"]),
            change("auditor", &[("a.read", Reach::Own)], &["a.read"]),
            change("auditor", &[("a.read", Reach::Organ)], &[]),
        ] {
            assert_eq!(made(&store, wished, "2026-03-10"), Some("access.audit_stays"));
        }
        assert_eq!(may(&store, "auditor", "2026-03-10").len(), 1);
    });
}

#[test]
fn a_city_that_stands_gives_new_permissions_to_no_role() {
    const NEW: Permission =
        Permission { name: "a.new", about: "新", roles: &[("clerk", Reach::Organ)] };
    each_database(|store| {
        founded(&store);
        store.write_now(|tx| grant_defaults(tx, &[WORK, NEW])).expect("a newer program");
        let clerk = may(&store, "clerk", "2026-03-10");
        assert!(clerk.iter().all(|(name, _)| name != "a.new"), "{clerk:?}");
        let wished = change("clerk", &[("a.new", Reach::Organ)], &[]);
        assert_eq!(made(&store, wished, "2026-03-10"), None);
    });
}

#[test]
fn a_role_that_the_city_founded_ends_with_the_posts_that_carry_it() {
    each_database(|store| {
        founded(&store);
        let new = BundleChange {
            fate: Fate::Founded,
            ..change("role-1", &[("a.work", Reach::District)], &[])
        };
        assert_eq!(made(&store, new, "2026-03-10"), None);
        let held = store.write_now(|tx| {
            tx.run(
                "INSERT INTO access_accounts (id, login, kind, name, real_name, state, failures,
                     created_at) VALUES ('a', 'a', 'staff', '甲', 1, 'active', 0, 0)",
                &[],
            )?;
            tx.run(
                "INSERT INTO access_holdings (id, account, role, organ, post, from_day)
                 VALUES ($1, 'a', 'role-1', 'city', '岗', 20000)",
                &[Id::<Holding>::mint(base::Moment::from_millis(0)).into()],
            )?;
            Ok(())
        });
        held.expect("a post");
        let end = |role| BundleChange { fate: Fate::Ends, ..change(role, &[], &[]) };
        assert_eq!(made(&store, end("secadmin"), "2026-03-20"), Some("access.role_stays"));
        assert_eq!(made(&store, end("role-1"), "2026-03-20"), None);
        assert_eq!(made(&store, end("role-1"), "2026-03-21"), Some("access.role_over"));
        let until = store
            .read_now(|r| Ok(r.one::<Option<Day>>("SELECT until_day FROM access_holdings", &[])?));
        assert_eq!(until.expect("a post"), Some(day("2026-03-19")));
        assert_eq!(may(&store, "role-1", "2026-03-19").len(), 1);
        assert!(may(&store, "role-1", "2026-03-20").is_empty());
    });
}
