//! Who may: organisations, accounts, roles, permissions, sessions.
//!
//! Only this crate mints a [`Permit`], and every function that writes for an office demands one.
//! A permit is minted inside the write transaction (`authorise`), from the rows as they stand
//! there: a right that was taken away a moment ago is gone.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

mod accounts;
mod attempts;
mod authorise;
mod authorities;
mod bundles;
mod delegations;
mod factors;
mod holdings;
mod kept;
mod mandates;
mod organs;
mod passwords;
mod proposals;
mod roster;
mod rules;
mod sessions;
mod signing;
mod terms;
mod throttle;

pub use accounts::{
    Account, EMAIL, NUMBER, NewAccount, PHONE, account_by_id, account_by_login, account_by_mark,
    account_by_number, accounts_after, accounts_in, accounts_on_number, close_account,
    create_account, erase_account, note_death, prove_number, raise_proof, set_email, set_phone,
    set_state, state_number,
};
pub use accounts::{COVERED, SEALED};
pub use attempts::{
    Attempt, forget_named, issue_code, record_success, reserve_attempt, reserve_named, take_code,
    try_code,
};
pub use authorise::{
    Holder, OWES_FACTOR, OWES_PASSWORD, authorise, clockwork, holders, machine, owing, permits_of,
    permits_over,
};
pub use authorities::{
    Answered, AuthorityRow, Issued, Sources, Standings, Watched, agree_authority, authorities,
    end_authority, fingerprint_of, have_read, newer_list, note_asked, note_unheard,
    propose_authority, published_trust, put_list, put_standing, set_sources, standings, taken_back,
    to_ask, trust, trust_at_founding, watch, watch_held, watched,
};
pub use bundles::{
    BundleChange, Fate, Right, RoleRow, able, change_bundle, grant_defaults, may_change, may_end,
    rights_of, rights_on, role_by_name, roles, sides,
};
pub use delegations::{
    Exercised, colleagues, delegate_holding, delegated_by, end_delegations_of, may_delegate,
};
pub use factors::{
    CODE_SECRET, Challenge, CodeSecret, Factor, FactorKind, FactorState, NewFactor, NoCode,
    add_factor, challenge, confirm_factor, done_challenge, end_all_factors, end_challenges,
    end_factor, factor_by_mark, factors_of, open_challenge, take_challenge, take_count, take_step,
    touch_factor, try_challenge,
};
pub use holdings::{
    Delegated, Held, Holding, end_holding, give_holding, held_by_id, holder_of, holders_of_role,
    holdings_of, may_hold, take_back_holding,
};
pub use kept::{KeptPassword, change_password, seal_passwords};
pub use mandates::{
    EndedWhy, Firm, MANDATE_NUMBER, Mandate, MandateChange, MandateKind, MandateRule, MandateState,
    Matter, NamedItem, NewMandate, Power, Scope, authorise_by_mandate, end_mandates_of_dead,
    item_code, item_offered, mandate_at_window, mandate_by_id, mandate_for, mandate_in_force,
    mandate_rule, mandates_acting, mandates_between, mandates_by_ids, mandates_given,
    mandates_naming, mandates_of, put_mandate, settle_mandate, stated_firm, stated_items,
};
pub use organs::{
    ComingChange, ComingState, NewOrgan, Organ, OrganChange, OrganState, PostIn, change_organ,
    children_of, city_in, coming_by_id, coming_changes, coming_of, founding_of, may_change_organ,
    organ_answering, organ_by_id, organ_by_id_or_credit, organs, organs_ended, organs_on, posts_in,
    put_coming, put_organ, settle_coming, states_of, stuck_changes, subtree_of,
};
pub use passwords::{PasswordHash, PasswordWeakness, check_strength};
pub use proposals::{Proposals, Proposed, ProposedState, Settled};
pub use roster::{Listed, ListedPost, Narrowed, is_listed, posts_listed, staff_listed};
pub use rules::{
    Demand, Known, Lock, Meanwhile, OfBoth, Owed, PasswordRule, SignInRule, SignInRules,
    StaffSecond,
};
pub use sessions::{
    Device, NewSession, OpenSession, PLACE, Session, SessionKind, SessionPlace, SignIn, Token,
    end_all_sessions, end_other_sessions, end_session, end_session_of, known_of, note_first,
    open_session, posts_of, raise_session, resume, sessions_of, sign_in_of, touch,
};
pub use signing::{
    OfAccount, Officials, SIGNING_GROUND, Signer, add_signer, end_all_signers, end_signer,
    factors_after, is_in_name_of, put_signing_rule, signers_after, signers_of, signing_rule,
};
pub use terms::{
    Actor, Kind, Level, Over, Permission, Permit, Person, Post, Proof, ROLES, Reach, Role, Side,
    Standing, is_administrator, role_title,
};
pub use throttle::{Allowed, give_back, hit, peek, sweep};

use store::{Migration, MigrationSet};

/// The tables of access.
pub const MIGRATIONS: MigrationSet = MigrationSet {
    office: "access",
    files: &[
        Migration {
            name: "0001_access",
            sql: include_str!("../migrations/0001_access.sql"),
            sqlite: None,
            postgres: None,
        },
        Migration {
            name: "0002_indexes",
            sql: include_str!("../migrations/0002_indexes.sql"),
            sqlite: None,
            postgres: None,
        },
        Migration {
            name: "0003_stated",
            sql: include_str!("../migrations/0003_stated.sql"),
            sqlite: None,
            postgres: None,
        },
        Migration {
            name: "0004_factors",
            sql: include_str!("../migrations/0004_factors.sql"),
            sqlite: None,
            postgres: None,
        },
        Migration {
            name: "0005_kept",
            sql: "",
            sqlite: Some(include_str!("../migrations/0005_kept.sqlite.sql")),
            postgres: Some(include_str!("../migrations/0005_kept.postgres.sql")),
        },
        Migration {
            name: "0006_devices",
            sql: include_str!("../migrations/0006_devices.sql"),
            sqlite: None,
            postgres: None,
        },
        Migration {
            name: "0007_passkeys",
            sql: include_str!("../migrations/0007_passkeys.sql"),
            sqlite: None,
            postgres: None,
        },
        Migration {
            name: "0008_signing",
            sql: include_str!("../migrations/0008_signing.sql"),
            sqlite: None,
            postgres: None,
        },
        Migration {
            name: "0009_first",
            sql: include_str!("../migrations/0009_first.sql"),
            sqlite: None,
            postgres: None,
        },
        Migration {
            name: "0011_delegated",
            sql: "",
            sqlite: Some(include_str!("../migrations/0011_delegated.sqlite.sql")),
            postgres: Some(include_str!("../migrations/0011_delegated.postgres.sql")),
        },
        Migration {
            name: "0012_first_step",
            sql: include_str!("../migrations/0012_first_step.sql"),
            sqlite: None,
            postgres: None,
        },
        Migration {
            name: "0013_bundles",
            sql: "",
            sqlite: Some(include_str!("../migrations/0013_bundles.sqlite.sql")),
            postgres: Some(include_str!("../migrations/0013_bundles.postgres.sql")),
        },
        Migration {
            name: "0014_organs",
            sql: "",
            sqlite: Some(include_str!("../migrations/0014_organs.sqlite.sql")),
            postgres: Some(include_str!("../migrations/0014_organs.postgres.sql")),
        },
        Migration {
            name: "0016_mandates",
            sql: include_str!("../migrations/0016_mandates.sql"),
            sqlite: None,
            postgres: None,
        },
        Migration {
            name: "0017_levels",
            sql: include_str!("../migrations/0017_levels.sql"),
            sqlite: None,
            postgres: None,
        },
        Migration {
            name: "0018_paper",
            sql: include_str!("../migrations/0018_paper.sql"),
            sqlite: None,
            postgres: None,
        },
        Migration {
            name: "0019_deaths",
            sql: include_str!("../migrations/0019_deaths.sql"),
            sqlite: None,
            postgres: None,
        },
        Migration {
            name: "0020_done",
            sql: include_str!("../migrations/0020_done.sql"),
            sqlite: None,
            postgres: None,
        },
        Migration {
            name: "0021_standings",
            sql: include_str!("../migrations/0021_standings.sql"),
            sqlite: None,
            postgres: None,
        },
        Migration {
            name: "0022_coming",
            sql: include_str!("../migrations/0022_coming.sql"),
            sqlite: None,
            postgres: None,
        },
        Migration {
            name: "0029_trusted",
            sql: include_str!("../migrations/0029_trusted.sql"),
            sqlite: None,
            postgres: None,
        },
        Migration {
            name: "0030_password_sealed",
            sql: include_str!("../migrations/0030_password_sealed.sql"),
            sqlite: None,
            postgres: None,
        },
        Migration {
            name: "0031_stuck",
            sql: include_str!("../migrations/0031_stuck.sql"),
            sqlite: None,
            postgres: None,
        },
    ],
};
