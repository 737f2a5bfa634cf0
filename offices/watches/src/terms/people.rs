//! Numbers under which the register of residents names another person than before.

/// One of them, as it was announced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherPerson {
    /// The act that told of it.
    pub act: String,
    /// The place of the load that brought it among those of the register.
    pub place: i64,
    /// The place of the load by which who stands there now first came to stand there.
    pub since: i64,
    /// The organ of who brought the load; blank where nobody's did.
    pub organ: String,
    /// The row of the register by which is asked who they are.
    pub row: String,
}
