//! The verbs: begin and keep a draft, submit it, handle the case, look it up.

pub(crate) mod agency;
mod cancel;
mod clear;
mod counter;
mod deaths;
mod draft;
mod export;
mod erase;
pub(crate) mod firm;
mod hand_over;
mod handle;
mod joining;
mod letters;
mod look_up;
mod names;
mod news;
mod offered;
mod own;
mod papers;
mod permits;
mod source;
mod submit;
mod window;

pub use agency::{applicants_level, cases_by, level_here, offered_to_agent, to_file_by};
pub use cancel::{PAGE as CANCELLED_PAGE, cancel, cancellable, grounds, published};
pub(crate) use cancel::{cancel_in, cancelling};
pub use clear::{FILE_SHOWN, file_on_record, looks, reprint, show_entries, slip_shows_code};
pub use counter::{AtCounter, KNOWN_ALREADY, asks_for_firm, begin_at_counter, known_mandates};
pub use draft::{Opened, attach, begin, detach, discard, item_in_force, labels_of, open, save};
pub(crate) use draft::{form_of, open_json};
pub use export::{CASES, EXPORT};
pub use handle::{SUPPLEMENT, clock_job, command, give_up, supplement};

/// The steps of cases, and what approvals adds to them.
pub const ACTS: &[ledger::ActKind] = flow::acts_of_cases!(
    "approvals",
    prefilled "按共享的信息填写", entries_shown "查看完整的申请信息",
    file_shown "打开申请人提交的材料", slip_reprinted "补打带查询码的回执", erased "依法删除申请内容",
    mandate_noted "窗口登记纸质委托书", agent_came "代理人到窗口办理",
    mandate_revoked "窗口登记收回委托", agent_read "代理人查看办件", joined "窗口办件归入本人账户",
    permitted "单位取得许可证件", cancelled "注销许可"
);

/// What approvals hears.
pub const LISTENS: &[frame::Listener] = &[
    frame::Listener { name: "approvals.letters", kinds: &["approvals."], hear: letters::hear },
    frame::Listener {
        name: "approvals.erasures",
        kinds: &[privacy_contract::ORDERED],
        hear: erase::hear,
    },
    frame::Listener {
        name: "approvals.deaths",
        kinds: &[population_contract::DIED, population_contract::CORRECTED],
        hear: deaths::hear,
    },
    frame::Listener { name: "approvals.permits", kinds: permits::ISSUED, hear: permits::hear },
    frame::Listener { name: "approvals.joining", kinds: joining::SHOWN, hear: joining::hear },
];
pub(crate) use joining::{JOIN, JOIN_EARLIER};
pub use joining::{join_earlier_job, join_job};
pub use look_up::{
    Asked, Seen, asked_for, by_code, own_case, own_case_to, own_case_unread, staff_case, takes_in,
};
pub use names::{named_in_address, own_items};
pub use news::{mark_seen, with_news};
pub use offered::{Offered, offered};
pub use own::{own, own_worded};
pub use papers::{CANCELLED, written};
pub(crate) use source::{Disputes, shown};
pub(crate) use submit::Filing;
pub use submit::{NewApplication, apply, submit};
pub use window::{
    Photograph, TakenBack, case_here, known_for_case, revoke_at_window, take_in_later,
};
