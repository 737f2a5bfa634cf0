//! What can go wrong in the store, in words that are the same for both databases.

use std::error::Error as StdError;
use std::fmt;
use std::path::PathBuf;

use base::{Fault, Refusal, RefusalKind, Stop};

/// Why the store did not do it.
///
/// A statement that fails spoils its transaction on both databases: PostgreSQL refuses every later
/// statement, so SQLite is made to do the same. Let the error out of the closure, or ask with
/// `ON CONFLICT` and a `SELECT` first. `Missing`, `Type` and `Column` come from reading and spoil
/// nothing.
#[derive(Debug)]
pub enum Error {
    /// `one` found no row.
    Missing,
    /// Another row has these values already. `columns` come in the order of the constraint; where
    /// the database names only an index over expressions, that stands there.
    Unique {
        /// The table.
        table: String,
        /// The columns of the constraint.
        columns: Vec<String>,
    },
    /// A row names one that does not exist, or is named by one that does.
    ForeignKey,
    /// A value is missing.
    NotNull {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// A check of the table does not hold; SQLite gives its name or its text, PostgreSQL its name.
    Check(String),
    /// The disk is full.
    Full,
    /// Too much is waiting, or other writers kept coming first.
    Busy,
    /// Another process has this database open; the path is its lock file.
    Locked(PathBuf),
    /// The database was brought further than this program knows: office and migration.
    Newer {
        /// The office.
        office: String,
        /// Its migration.
        migration: String,
    },
    /// The store was opened for reading only, or the database is a standby.
    ReadOnly,
    /// A column holds something else than was asked for.
    Type {
        /// The column's name, or `#` and its place.
        column: String,
        /// What was asked for.
        wanted: &'static str,
    },
    /// There is no such column in the result.
    Column(String),
    /// A statement ran out of time and was stopped.
    TooLong,
    /// An earlier statement of this transaction failed, so it can only be rolled back.
    Spoiled,
    /// The transaction, or the connection to the database, was lost.
    Lost,
    /// The connection was lost while a transaction committed, and whether it did cannot be learnt.
    Unsettled,
    /// The store has been closed.
    Closed,
    /// A store call was made inside a transaction's closure, where it would wait for itself.
    Nested,
    /// A parameter does not fit its place in the statement.
    Parameter(String),
    /// A text holds the character NUL, which somebody sent and no database of ours keeps.
    Nul,
    /// The database is to be filled from a copy and holds something already: this table.
    NotEmpty {
        /// The table.
        table: String,
    },
    /// The database cannot serve as a store, and why: in Chinese, for the person at the terminal, with
    /// the technical cause in a line of its own.
    Unfit(String),
    /// Anything else the database says.
    Other(Box<dyn StdError + Send + Sync>),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Missing => f.write_str("no such row"),
            Error::Unique { table, columns } => {
                write!(f, "another row of {table} has the same {}", columns.join(", "))
            }
            Error::ForeignKey => f.write_str("a row names another that does not exist"),
            Error::NotNull { table, column } => write!(f, "{table}.{column} has no value"),
            Error::Check(check) => write!(f, "the check {check} does not hold"),
            Error::Full => f.write_str("the disk is full"),
            Error::Busy => f.write_str("the database is too busy"),
            Error::Locked(path) => {
                write!(f, "another process has the database open ({} is locked)", path.display())
            }
            Error::Newer { office, migration } => {
                write!(f, "the database is newer than this program: {office}/{migration}")
            }
            Error::ReadOnly => f.write_str("the database can only be read"),
            Error::Type { column, wanted } => write!(f, "column {column} is no {wanted}"),
            Error::Column(column) => write!(f, "the result has no column {column}"),
            Error::TooLong => f.write_str("a statement ran out of time"),
            Error::Spoiled => {
                f.write_str("an earlier statement of this transaction failed, so it is rolled back")
            }
            Error::Lost => f.write_str("the connection to the database was lost"),
            Error::Unsettled => f.write_str("it cannot be learnt whether a transaction committed"),
            Error::Closed => f.write_str("the store has been closed"),
            Error::Nested => f.write_str("a store call was made inside a transaction"),
            Error::Parameter(why) => write!(f, "a parameter does not fit: {why}"),
            Error::Nul => f.write_str("a text holds the character NUL"),
            Error::NotEmpty { table } => write!(f, "the database is not empty: it has {table}"),
            Error::Unfit(why) => f.write_str(why),
            Error::Other(error) => write!(f, "the database says: {error}"),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Error::Other(error) => error.source(),
            _ => None,
        }
    }
}

impl Error {
    /// Any error as one of the store's.
    pub(crate) fn other(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Error::Other(error.into())
    }
}

/// What the citizen can wait out or write otherwise becomes a refusal, and what whoever starts the
/// program can set right; the rest is a fault.
impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        let unavailable =
            |code, words: &str| Refusal::new(RefusalKind::Unavailable, code, words).into();
        match error {
            Error::Full => unavailable("store.full", "存储空间不足，您的材料没有提交，请稍后再试"),
            Error::Busy => {
                unavailable("store.busy", "现在办理的人太多，您的操作没有完成，请稍后再试")
            }
            Error::Lost | Error::Closed => {
                unavailable("store.lost", "系统暂时连不上数据库，您的操作没有完成，请稍后再试")
            }
            Error::Unsettled => {
                let words = "数据库的连接中断，不能确定您的操作是否已经完成";
                Refusal::new(RefusalKind::Unavailable, "store.unsettled", words)
                    .remedy("请先查看是否已经办成，没有的话再提交一次")
                    .into()
            }
            Error::ReadOnly => {
                unavailable("store.read_only", "系统正在维护，暂时只能查询，请稍后再试")
            }
            Error::Nul => {
                let words = "填写的内容里有看不见的控制字符，不能保存，您的操作没有完成";
                Refusal::new(RefusalKind::Invalid, "store.nul", words)
                    .remedy("请删去这样的字符再提交；内容是复制来的，请改为直接输入")
                    .into()
            }
            Error::Locked(lock) => {
                let words = format!("数据库正由另一个进程使用（{} 已上锁）", lock.display());
                Refusal::new(RefusalKind::Unavailable, "store.locked", words)
                    .remedy("请先停止那个进程，或者让这个进程用另一个数据文件夹")
                    .into()
            }
            Error::Newer { office, migration } => {
                let words = format!("数据库的版本比这个程序新（{office}/{migration}）");
                Refusal::new(RefusalKind::Unavailable, "store.newer", words)
                    .remedy("请用升级过这个数据库的程序，或者更新的程序")
                    .into()
            }
            Error::NotEmpty { table } => {
                let words = format!("数据库不是空的，里面已经有数据表 {table}");
                Refusal::new(RefusalKind::Conflict, "store.not_empty", words)
                    .remedy("请指定一个空的数据库")
                    .into()
            }
            Error::Unfit(words) => unavailable("store.unfit", &words),
            error => Stop::Failed(Fault::from(error)),
        }
    }
}
