//! Why a source was not read, as whoever set it up is told.

use base::{Fault, Refusal, RefusalKind, Stop};

use super::Difference;
use crate::BadFile;

/// Why a source was not read.
#[derive(Debug, thiserror::Error)]
pub enum Unread {
    /// The table does not look as it was agreed upon.
    #[error("表“{table}”的结构变了：{difference}")]
    Changed {
        /// The table.
        table: String,
        /// What is different.
        difference: Difference,
    },
    /// There is no such table, or the account may not see it.
    #[error("没有名为“{0}”的表，或者账号看不到它")]
    NoTable(String),
    /// The table has no such column.
    #[error("表“{table}”没有“{column}”这一列")]
    NoColumn {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// A value does not fit its column.
    #[error("“{value}”不能与“{column}”这一列比较，{why}")]
    BadValue {
        /// The column.
        column: String,
        /// The value.
        value: String,
        /// Why.
        why: &'static str,
    },
    /// What was asked for cannot be done with this source or this table.
    #[error("{0}")]
    Unfit(String),
    /// The place where the last reading stopped is of another reading.
    #[error("上次读到的位置与这次读取的方式不符")]
    OtherPosition,
    /// It does not answer.
    #[error("连不上{0}")]
    Unreachable(String, #[source] Option<Box<dyn std::error::Error + Send + Sync>>),
    /// It does not let us in, or the account may not read.
    #[error("数据源不接受这个账号：{0}")]
    Denied(String),
    /// It broke off in the middle. What was handed over before counts.
    #[error("读到中间断开了")]
    Broken(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It took longer than the limit.
    #[error("超过 {0} 秒没有读完")]
    TooLong(u64),
    /// It asks to come again later.
    #[error("对方请求过一会儿再来")]
    Later {
        /// After so many seconds.
        seconds: u64,
    },
    /// More than the limit.
    #[error("对方一次给出的数据超过 {0} MB")]
    TooLarge(u64),
    /// It answered with something that it should not.
    #[error("对方的答复无法理解：{0}")]
    Answer(String),
    /// A file of it cannot be read.
    #[error("文件“{name}”无法读取：{bad}")]
    File {
        /// Its name.
        name: String,
        /// Why.
        bad: BadFile,
    },
    /// Whoever takes the rows could not.
    #[error("{0}")]
    Taker(Stop),
}

impl Unread {
    /// It broke off, with the error that tells it.
    pub(super) fn broken(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Broken(error.into())
    }

    /// Stable, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Changed { .. } => "sources.changed",
            Self::NoTable(_) => "sources.no_table",
            Self::NoColumn { .. } => "sources.no_column",
            Self::BadValue { .. } => "sources.bad_value",
            Self::Unfit(_) => "sources.unfit",
            Self::OtherPosition => "sources.other_position",
            Self::Unreachable(..) => "sources.unreachable",
            Self::Denied(_) => "sources.denied",
            Self::Broken(_) => "sources.broken",
            Self::TooLong(_) => "sources.too_long",
            Self::Later { .. } => "sources.later",
            Self::TooLarge(_) => "sources.too_large",
            Self::Answer(_) => "sources.answer",
            Self::File { bad, .. } => bad.code(),
            Self::Taker(_) => "sources.taker",
        }
    }

    /// What can be done now.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Changed { .. } => "请与提供部门核对，改好对应关系并试运行以后，再恢复读取",
            Self::NoTable(_) | Self::NoColumn { .. } => "请核对名称，或者请提供部门授予查看权限",
            Self::BadValue { .. } => "请改正筛选条件",
            Self::Unfit(_) => "请换一种读取方式",
            Self::OtherPosition => "读取方式改过的，请从头读取",
            Self::Unreachable(..) => "请核对地址、端口和网络，或者稍后再试",
            Self::Denied(_) => "请核对账号和密码，账号只需要查看权限",
            Self::Broken(_) => "稍后会从断开的地方继续，已经收到的不会丢失",
            Self::TooLong(_) => "请缩小每次读取的范围，或者改为按更新时间读取",
            Self::Later { .. } => "稍后会自动再试",
            Self::TooLarge(_) => "请减少每页的条数",
            Self::Answer(_) => "请与提供部门核对接口",
            Self::File { bad, .. } => bad.remedy(),
            Self::Taker(_) => "请查看接收方的说明",
        }
    }

    /// As the person is told.
    pub fn refusal(&self) -> Refusal {
        let kind = match self {
            Self::Changed { .. } | Self::OtherPosition => RefusalKind::Conflict,
            Self::NoTable(_) | Self::NoColumn { .. } => RefusalKind::NotFound,
            Self::Unreachable(..) | Self::Broken(_) | Self::TooLong(_) | Self::Later { .. } => {
                RefusalKind::Unavailable
            }
            Self::Denied(_) => RefusalKind::Forbidden,
            Self::TooLarge(_) => RefusalKind::TooLarge,
            _ => RefusalKind::Invalid,
        };
        Refusal::new(kind, self.code(), self.to_string()).remedy(self.remedy())
    }

    /// Whether the same reading may succeed later without anybody mending something.
    pub fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::Unreachable(..) | Self::Broken(_) | Self::TooLong(_) | Self::Later { .. }
        )
    }

    /// The error and its sources, for the log.
    pub fn chain(self) -> String {
        Fault::from(self).chain()
    }
}

impl From<Unread> for Stop {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::Taker(stop) => stop,
            other => other.refusal().into(),
        }
    }
}
