//! The nouns: permissions, reset requests, one-time codes.

use access::{Account, Permission, Reach};
use base::{Id, Moment};
use ledger::ActKind;

/// The acts that identity records.
pub const ACTS: &[ActKind] = &[
    ActKind { name: "identity.signed_in", title: "登录" },
    ActKind { name: "identity.sign_in_failed", title: "登录失败" },
    ActKind { name: "identity.registered", title: "注册" },
    ActKind { name: "identity.reset_asked", title: "申请重置密码" },
    ActKind { name: "identity.reset_agreed", title: "第一次核准重置密码" },
    ActKind {
        name: "identity.reset_granted", title: "第二次核准重置密码，签发一次性代码"
    },
    ActKind { name: "identity.reset_declined", title: "拒绝重置密码" },
    ActKind { name: "identity.password_set", title: "设置密码" },
    ActKind { name: "identity.account_opened", title: "开立账户" },
    ActKind { name: "identity.account_state", title: "停用或恢复账户" },
    ActKind { name: "identity.organ_entered", title: "设立机构" },
    ActKind { name: "identity.post_given", title: "授予岗位" },
    ActKind { name: "identity.post_ended", title: "收回岗位" },
];

/// Sign in, sign out, look at one's own account.
pub const OWN: Permission = Permission {
    name: "identity.own",
    about: "管理自己的账户",
    roles: &[
        ("citizen", Reach::Own),
        ("clerk", Reach::Own),
        ("examiner", Reach::Own),
        ("approver", Reach::Own),
        ("supervisor", Reach::Own),
        ("editor", Reach::Own),
        ("reviewer", Reach::Own),
        ("registrar", Reach::Own),
        ("sysadmin", Reach::Own),
        ("secadmin", Reach::Own),
        ("auditor", Reach::Own),
    ],
};

/// Register, ask for a reset, use a one-time code: nobody is signed in yet.
pub const REGISTER: Permission =
    Permission {
        name: "identity.register", about: "注册账户", roles: &[("anyone", Reach::Own)]
    };

/// See the workbench's list of accounts and organs.
pub const SEE: Permission = Permission {
    name: "identity.see",
    about: "查看机构和人员",
    roles: &[("sysadmin", Reach::City), ("secadmin", Reach::City), ("auditor", Reach::City)],
};

/// Open and disable staff accounts, enter organs.
pub const ADMINISTER: Permission = Permission {
    name: "identity.administer",
    about: "设立机构和人员账户",
    roles: &[("sysadmin", Reach::City)],
};

/// Give and end posts.
pub const GRANT: Permission = Permission {
    name: "identity.grant",
    about: "授予和收回岗位",
    roles: &[("secadmin", Reach::City)],
};

/// Agree to a password reset: two different administrators do.
pub const RESET: Permission = Permission {
    name: "identity.reset",
    about: "核准密码重置",
    roles: &[("sysadmin", Reach::City), ("secadmin", Reach::City)],
};

/// Read the record of acts.
pub const AUDIT: Permission = Permission {
    name: "identity.audit",
    about: "查阅办理记录",
    roles: &[("auditor", Reach::City)],
};

/// A request for a new password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reset {
    /// Id.
    pub id: Id<Reset>,
    /// Whose password.
    pub account: Id<Account>,
    /// What the person signs in with.
    pub login: String,
    /// The person's name.
    pub name: String,
    /// When it was asked for.
    pub asked_at: Moment,
    /// How far it is.
    pub state: ResetState,
    /// Who agreed first, by account and name.
    pub first: Option<(String, String)>,
}

/// How far a reset is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResetState {
    /// Nobody has agreed yet.
    Asked,
    /// One administrator has.
    HalfAgreed,
    /// Two have; a one-time code was issued.
    Granted,
    /// An administrator said no.
    Declined,
}

impl ResetState {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            ResetState::Asked => "asked",
            ResetState::HalfAgreed => "half",
            ResetState::Granted => "granted",
            ResetState::Declined => "declined",
        }
    }

    pub(crate) fn parse(text: &str) -> Self {
        match text {
            "half" => ResetState::HalfAgreed,
            "granted" => ResetState::Granted,
            "declined" => ResetState::Declined,
            _ => ResetState::Asked,
        }
    }
}
