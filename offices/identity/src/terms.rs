//! The nouns: permissions, proposals of posts, reset requests, readmissions.

pub mod changes;
pub mod mandates;
pub mod openid;
pub mod providers;

use access::{Account, Delegated, Permission, Proposed, Reach};
use ask::Terms;
use base::{Day, Id, Moment};
use ledger::{Act, ActKind};
use seal::{Keys, SealedColumn};
use serde::Deserialize;

/// The acts that identity records.
pub const ACTS: &[ActKind] = &[
    ActKind { name: "identity.signed_in", title: "登录" },
    ActKind { name: "identity.sign_in_failed", title: "登录失败" },
    ActKind { name: "identity.second_failed", title: "登录的第二步失败" },
    ActKind {
        name: "identity.sign_in_held", title: "来源地址登录失败过多，暂停登录"
    },
    ActKind { name: "identity.password_failed", title: "再次输入的密码不对" },
    ActKind { name: "identity.code_failed", title: "一次性代码不对" },
    ActKind { name: "identity.signed_out", title: "退出登录" },
    ActKind { name: "identity.signed_out_everywhere", title: "在所有设备上退出登录" },
    ActKind {
        name: "identity.signed_out_by_other", title: "让别人的账户在所有设备上退出登录"
    },
    ActKind { name: "identity.factor_added", title: "加上登录方式" },
    ActKind { name: "identity.factor_ended", title: "去掉登录方式" },
    ActKind { name: "identity.signer_added", title: "登记签名证书" },
    ActKind { name: "identity.signer_ended", title: "去掉签名证书" },
    ActKind { name: "identity.signing_demanded", title: "开始要求本人签名" },
    ActKind { name: "identity.authority_proposed", title: "提出证书签发机构" },
    ActKind { name: "identity.authority_trusted", title: "同意信任证书签发机构" },
    ActKind { name: "identity.authority_ended", title: "不再信任证书签发机构" },
    ActKind {
        name: "identity.authority_sources", title: "写明签发机构的吊销信息从哪里取"
    },
    ActKind {
        name: "identity.certificate_standing", title: "签发机构答复的证书状态有变化"
    },
    ActKind { name: "identity.list_taken_in", title: "收下吊销列表" },
    ActKind { name: "identity.registered", title: "注册" },
    ActKind { name: "identity.number_proven", title: "核实账户是本人的" },
    ActKind { name: "identity.closed_for_holder", title: "窗口核实后注销冒用的账户" },
    ActKind { name: "identity.reset_asked", title: "申请重置密码" },
    ActKind { name: "identity.reset_agreed", title: "第一次核准重置密码" },
    ActKind {
        name: "identity.reset_granted", title: "第二次核准重置密码，签发一次性代码"
    },
    ActKind { name: "identity.reset_declined", title: "拒绝重置密码" },
    ActKind {
        name: "identity.readmitted", title: "在服务器上为管理员签发一次性代码"
    },
    ActKind { name: "identity.password_set", title: "设置密码" },
    ActKind { name: "identity.phone_changed", title: "修改手机号码" },
    ActKind { name: "identity.email_changed", title: "修改电子邮箱" },
    ActKind { name: "identity.account_closed", title: "注销账户" },
    ActKind { name: "identity.account_opened", title: "开立账户" },
    ActKind { name: "identity.account_state", title: "停用或恢复账户" },
    ActKind { name: "identity.organ_entered", title: "设立机构" },
    ActKind { name: "identity.organ_proposed", title: "提出变更机构" },
    ActKind { name: "identity.organ_changed", title: "同意设立、更名或者移动机构" },
    ActKind { name: "identity.organ_ended", title: "同意撤销机构" },
    ActKind { name: "identity.organ_took_effect", title: "机构变更到期生效" },
    ActKind { name: "identity.organ_stuck", title: "机构变更没有能够生效" },
    ActKind {
        name: "identity.files_kept", title: "撤销的机构办结的件由承接的机构保管"
    },
    ActKind { name: "identity.post_proposed", title: "提出授予岗位" },
    ActKind { name: "identity.post_given", title: "同意并授予岗位" },
    ActKind { name: "identity.post_declined", title: "不同意授予岗位" },
    ActKind { name: "identity.post_withdrawn", title: "撤回授予岗位的提议" },
    ActKind { name: "identity.post_ended", title: "收回岗位" },
    ActKind { name: "identity.bundle_proposed", title: "提出变更角色的权限" },
    ActKind {
        name: "identity.bundle_granted", title: "同意变更角色的权限，权限增加"
    },
    ActKind {
        name: "identity.bundle_narrowed", title: "同意变更角色的权限，权限只减少"
    },
    ActKind { name: "identity.change_declined", title: "不同意变更" },
    ActKind { name: "identity.change_withdrawn", title: "撤回变更的提议" },
    ActKind { name: "identity.client_proposed", title: "提出接入系统" },
    ActKind { name: "identity.client_agreed", title: "同意接入系统" },
    ActKind { name: "identity.client_declined", title: "不同意接入系统" },
    ActKind { name: "identity.client_withdrawn", title: "撤回接入系统的提议" },
    ActKind { name: "identity.client_ended", title: "停用接入的系统" },
    ActKind { name: "identity.client_secret_made", title: "生成接入系统的密钥" },
    ActKind { name: "identity.consent_given", title: "同意向系统提供信息" },
    ActKind { name: "identity.consent_ended", title: "收回对系统的授权" },
    ActKind { name: "identity.openid_signed_in", title: "用本站账户登录其他系统" },
    ActKind {
        name: "identity.openid_code_replayed", title: "登录其他系统的代码被重复使用"
    },
    ActKind {
        name: "identity.openid_refresh_reused", title: "登录其他系统的令牌被重复使用"
    },
    ActKind { name: "identity.openid_revoked", title: "系统退回登录" },
    ActKind { name: "identity.provider_failed", title: "用身份认证平台登录失败" },
    ActKind { name: "identity.provider_linked", title: "连上身份认证平台" },
    ActKind { name: "identity.provider_unlinked", title: "断开身份认证平台" },
    ActKind { name: "identity.signing_key_made", title: "生成登录令牌的签名密钥" },
    ActKind { name: "identity.delegation_proposed", title: "提出委托代行岗位" },
    ActKind { name: "identity.delegation_ended", title: "结束委托代行" },
    ActKind { name: "identity.copied", title: "取自己的全部信息" },
    ActKind { name: "identity.erased", title: "依法删除账户信息" },
    ActKind { name: "identity.mandate_given", title: "写委托书" },
    ActKind { name: "identity.mandate_accepted", title: "接受委托" },
    ActKind { name: "identity.mandate_refused", title: "不接受委托" },
    ActKind { name: "identity.mandate_revoked", title: "收回委托" },
    ActKind { name: "identity.mandate_given_up", title: "辞去委托" },
    ActKind { name: "identity.mandate_ended", title: "委托随一方终止" },
    ActKind { name: "identity.account_of_dead", title: "登记为死亡，停用账户" },
    ActKind { name: "identity.death_taken_back", title: "死亡登记更正" },
    ActKind { name: "identity.account_reopened", title: "当面核实后恢复账户" },
];

/// What identity asks of other offices.
pub const ASKED: &[Terms] = &[
    compared("population.name_matches", "注册账户时核对姓名和身份证号码"),
    compared("population.phone_matches", "注册账户时核对登记的手机号码"),
    Terms {
        purpose: "counter",
        ..compared("population.name_matches", "窗口当面核实账户是不是本人的")
    },
    Terms {
        purpose: "counter",
        fields: &["died"],
        ..compared("population.person", "窗口当面核实账户时核对持证人是否健在")
    },
    Terms {
        purpose: "platform",
        fields: &["died"],
        ..compared("population.person", "身份认证平台证明身份时核对本人是否健在")
    },
    Terms {
        asker: "identity",
        kind: "powers.item",
        purpose: "mandate",
        about: "写委托书时核对事项的名称",
        fields: &["code", "name"],
        ground: "《中华人民共和国行政许可法》第二十九条",
        valid_seconds: 3_600,
    },
    Terms {
        asker: "identity",
        kind: "powers.item_names",
        purpose: "names",
        about: "写委托书时按名称选择事项",
        fields: &["*"],
        ground: "《中华人民共和国行政许可法》第二十九条",
        valid_seconds: 3_600,
    },
];

const fn compared(kind: &'static str, about: &'static str) -> Terms {
    Terms {
        asker: "identity",
        kind,
        purpose: "register",
        about,
        fields: &["*"],
        ground: "《国务院关于在线政务服务的若干规定》第七条",
        valid_seconds: 600,
    }
}

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
        ("datasteward", Reach::Own),
        ("datamanager", Reach::Own),
        ("orgadmin", Reach::Own),
        ("privacy", Reach::Own),
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

/// Say whose account it is, with the person and the identity card at the counter.
pub const VOUCH: Permission =
    Permission {
        name: "identity.vouch", about: "当面核实身份", roles: &[("clerk", Reach::City)]
    };

/// See the workbench's list of accounts and organs.
pub const SEE: Permission = Permission {
    name: "identity.see",
    about: "查看机构和人员",
    roles: &[
        ("sysadmin", Reach::City),
        ("secadmin", Reach::City),
        ("auditor", Reach::City),
        ("orgadmin", Reach::City),
    ],
};

/// Open and disable staff accounts, enter organs.
pub const ADMINISTER: Permission = Permission {
    name: "identity.administer",
    about: "设立机构和人员账户",
    roles: &[("sysadmin", Reach::City)],
};

/// Propose to give a post: a department's own administrator for the department and what is below it.
pub const PROPOSE: Permission = Permission {
    name: "identity.propose",
    about: "提出授予岗位",
    roles: &[("secadmin", Reach::City), ("orgadmin", Reach::Subtree)],
};

/// Agree that a post is given, which somebody else proposed.
pub const AGREE: Permission = Permission {
    name: "identity.agree",
    about: "同意授予岗位",
    roles: &[("secadmin", Reach::City)],
};

/// Agree where no security administrator is left who may.
pub const STAND_IN: Permission = Permission {
    name: "identity.agree_instead",
    about: "同意授予岗位",
    roles: &[("sysadmin", Reach::City)],
};

/// See what is proposed.
pub const PROPOSALS: Permission = Permission {
    name: "identity.proposals",
    about: "查看授予岗位的提议",
    roles: &[
        ("secadmin", Reach::City),
        ("sysadmin", Reach::City),
        ("auditor", Reach::City),
        ("orgadmin", Reach::Subtree),
    ],
};

/// End posts: one person may, since it only takes away.
pub const TAKE_BACK: Permission = Permission {
    name: "identity.take_back",
    about: "收回岗位",
    roles: &[("secadmin", Reach::City), ("orgadmin", Reach::Subtree)],
};

/// Let a colleague exercise one's own post for a time, once another person agrees.
pub const DELEGATE: Permission = Permission {
    name: "identity.delegate",
    about: "委托代行自己的岗位",
    roles: &[
        ("clerk", Reach::Own),
        ("examiner", Reach::Own),
        ("approver", Reach::Own),
        ("supervisor", Reach::Own),
        ("editor", Reach::Own),
        ("reviewer", Reach::Own),
        ("registrar", Reach::Own),
        ("datasteward", Reach::Own),
        ("datamanager", Reach::Own),
        ("orgadmin", Reach::Own),
    ],
};

/// Decide whose certificates count: one proposes, another agrees.
pub const TRUST: Permission = Permission {
    name: "identity.trust",
    about: "管理证书签发机构的名单",
    roles: &[("sysadmin", Reach::City), ("secadmin", Reach::City)],
};

/// Agree to a password reset: any two different administrators do, so that of three separated ones
/// the other two can let the third in again. (`identity.reset`, of older cities, was granted to the
/// first two alone.)
pub const RESET: Permission = Permission {
    name: "identity.reset_agree",
    about: "核准密码重置",
    roles: &[("sysadmin", Reach::City), ("secadmin", Reach::City), ("auditor", Reach::City)],
};

/// A post that somebody proposes to give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Id.
    pub id: Id<Proposal>,
    /// Who shall have it.
    pub account: Id<Account>,
    /// What they sign in with.
    pub login: String,
    /// Their name.
    pub name: String,
    /// The role.
    pub role: String,
    /// The organ's id.
    pub organ: String,
    /// Its name, as it was then.
    pub organ_name: String,
    /// The post's name.
    pub post: String,
    /// First day.
    pub from: Day,
    /// Last day, if it ends.
    pub until: Option<Day>,
    /// Why: the paper of appointment, or words.
    pub reason: String,
    /// The two people.
    pub proposed: Proposed,
    /// Whose post it is, where it shall be exercised for its holder (受委托代行).
    pub delegated: Option<Delegated>,
}

/// How many days a proposal waits, from a day on.
#[derive(Clone, Debug, Deserialize)]
pub struct Waiting {
    /// In force from then on.
    pub from: String,
    /// So many days.
    pub days: i64,
    /// On which ground.
    pub ground: String,
}

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

/// A one-time code that was given to an administrator on the machine itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readmission {
    /// The act that tells of it.
    pub act: Id<Act>,
    /// Whose account.
    pub login: String,
    /// The person's name.
    pub name: String,
    /// When.
    pub at: Moment,
}

/// A mail address that waits for the code that was sent to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingAddress {
    /// The address, sealed.
    pub email_sealed: Vec<u8>,
    /// Until when the code is good.
    pub ends: Moment,
}

impl WaitingAddress {
    /// The address in clear.
    pub fn email(&self, keys: &Keys) -> Option<String> {
        String::from_utf8(keys.unseal(WAITING_EMAIL, &self.email_sealed).ok()?).ok()
    }
}

/// The context under which an address that waits is sealed.
pub const WAITING_EMAIL: &str = "identity.addresses.email";

/// The columns that are sealed.
pub const SEALED: &[SealedColumn] = &[
    SealedColumn {
        table: "identity_addresses",
        key: &["account"],
        column: "email_sealed",
        context: WAITING_EMAIL,
    },
    SealedColumn {
        table: "identity_pending",
        key: &["state_mac"],
        column: "kept_sealed",
        context: providers::PENDING,
    },
    SealedColumn {
        table: "identity_signing_keys",
        key: &["id"],
        column: "secret_sealed",
        context: openid::SIGNING_KEY,
    },
];

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
