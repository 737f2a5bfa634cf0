//! Accounts.

use base::{Day, Fault, Id, Moment, Outcome, Refusal, RefusalKind};
use seal::{CoveredColumn, Keys, SealedColumn};
use store::{FromRow, Reader, Row, Tx, Value};

use crate::factors::CODE_SECRET;
use crate::kept::{KeptPassword, PASSWORD, kept};
use crate::mandates::{EndedWhy, Mandate};
use crate::passwords::PasswordHash;
use crate::sessions::PLACE;
use crate::terms::{Kind, Level, Permit, Proof};

/// An account as stored; what is personal stays sealed until somebody may open it.
#[derive(Clone, Debug)]
pub struct Account {
    /// Id.
    pub id: Id<Account>,
    /// What the person signs in with, in lower case.
    pub login: String,
    /// Citizen or staff.
    pub kind: Kind,
    /// Name.
    pub name: String,
    /// The password's hash as it is kept; none until one is set.
    pub password: Option<KeptPassword>,
    /// Citizen number, sealed.
    pub number_sealed: Option<Vec<u8>>,
    /// Phone, sealed.
    pub phone_sealed: Option<Vec<u8>>,
    /// Mail address, sealed.
    pub email_sealed: Option<Vec<u8>>,
    /// Whether the number was proven to be the holder's: by the register, or at a counter.
    pub real_name: bool,
    /// By what.
    pub proven_by: Option<Proof>,
    /// `active`, `disabled`, `closed`.
    pub state: String,
    /// Locked until then after too many wrong passwords.
    pub locked_until: Option<Moment>,
    /// When the register of residents says that its holder died. It is disabled for as long as this stands.
    pub died_on: Option<Day>,
    /// When it was opened.
    pub opened_at: Moment,
    /// When its password was set.
    pub password_at: Option<Moment>,
}

/// The context under which an account's citizen number is sealed and made findable.
pub const NUMBER: &str = "access.accounts.number";
/// The context of an account's phone.
pub const PHONE: &str = "access.accounts.phone";
/// The context of an account's mail address.
pub const EMAIL: &str = "access.accounts.email";

/// The columns of accounts, of their second factors and of sessions that are sealed.
pub const SEALED: &[SealedColumn] = &[
    sealed("password_sealed", PASSWORD),
    sealed("number_sealed", NUMBER),
    sealed("phone_sealed", PHONE),
    sealed("email_sealed", EMAIL),
    SealedColumn {
        table: "access_factors",
        key: &["id"],
        column: "secret_sealed",
        context: CODE_SECRET,
    },
    SealedColumn {
        table: "access_sessions",
        key: &["token_mac"],
        column: "place_sealed",
        context: PLACE,
    },
    crate::mandates::sealed("principal_sealed"),
    crate::mandates::sealed("agent_sealed"),
];

/// The columns by which accounts and mandates are found by a number.
pub const COVERED: &[CoveredColumn] = &[
    covered("access_accounts", "number_blind"),
    covered("access_accounts", "stated_blind"),
    covered("access_mandates", "principal_blind"),
    covered("access_mandates", "agent_blind"),
];

const fn covered(table: &'static str, column: &'static str) -> CoveredColumn {
    CoveredColumn { table, key: &["id"], column }
}

const fn sealed(column: &'static str, context: &'static str) -> SealedColumn {
    SealedColumn { table: "access_accounts", key: &["id"], column, context }
}

impl Account {
    /// How far it has shown whose it is.
    pub fn level(&self) -> Level {
        match self.real_name {
            true => self.proven_by.unwrap_or(Proof::Register).level(),
            false => Level::Registered,
        }
    }

    fn open(keys: &Keys, context: &str, sealed: Option<&[u8]>) -> Option<String> {
        String::from_utf8(keys.unseal(context, sealed?).ok()?).ok()
    }

    /// The citizen number in clear.
    pub fn number(&self, keys: &Keys) -> Option<String> {
        Self::open(keys, NUMBER, self.number_sealed.as_deref())
    }

    /// The phone in clear.
    pub fn phone(&self, keys: &Keys) -> Option<String> {
        Self::open(keys, PHONE, self.phone_sealed.as_deref())
    }

    /// The mail address in clear.
    pub fn email(&self, keys: &Keys) -> Option<String> {
        Self::open(keys, EMAIL, self.email_sealed.as_deref())
    }
}

impl FromRow for Account {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let kind: String = row.get("kind")?;
        Ok(Self {
            id: row.get("id")?,
            login: row.get("login")?,
            kind: if kind == Kind::Staff.as_str() { Kind::Staff } else { Kind::Citizen },
            name: row.get("name")?,
            password: match row.get::<Option<Vec<u8>>>("password_sealed")? {
                Some(sealed) => Some(KeptPassword::Sealed(sealed)),
                None => row.get::<Option<Vec<u8>>>("password")?.map(KeptPassword::Bare),
            },
            number_sealed: row.get("number_sealed")?,
            phone_sealed: row.get("phone_sealed")?,
            email_sealed: row.get("email_sealed")?,
            real_name: row.get("real_name")?,
            proven_by: row.get::<Option<String>>("proven_by")?.as_deref().map(Proof::parse),
            state: row.get("state")?,
            locked_until: row.get("locked_until")?,
            died_on: row.get("died_on")?,
            opened_at: row.get("created_at")?,
            password_at: row.get("password_at")?,
        })
    }
}

const COLUMNS: &str = "id, login, kind, name, password, password_sealed, number_sealed, phone_sealed, email_sealed, \
                       real_name, proven_by, state, locked_until, created_at, password_at, \
                       died_on \
                       FROM access_accounts";

/// An account to be opened. Mint it, and hash the password, before the transaction.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Id.
    pub id: Id<Account>,
    /// What the person will sign in with.
    pub login: String,
    /// Citizen or staff.
    pub kind: Kind,
    /// Name.
    pub name: String,
    /// The password's hash, unless a one-time code comes first.
    pub password: Option<PasswordHash>,
    /// Citizen number in clear.
    pub number: Option<String>,
    /// Phone in clear.
    pub phone: Option<String>,
    /// Mail address in clear.
    pub email: Option<String>,
    /// Whether the number is proven to be the holder's.
    pub real_name: bool,
}

/// Opens an account. A login that has one already is refused, and so is a number that is proven to be
/// somebody's. A number that was only stated is held against nobody.
pub fn create_account(
    tx: &Tx<'_>,
    _permit: &Permit,
    keys: &Keys,
    new: &NewAccount,
    now: Moment,
) -> Outcome<()> {
    let sealed = |context, plain: &Option<String>| {
        plain.as_ref().map(|plain| keys.seal(context, plain.as_bytes()))
    };
    let mark = new.number.as_ref().map(|number| keys.mark(NUMBER, number.as_bytes()));
    if let Some(mark) = mark.filter(|_| new.real_name) {
        is_free(tx, keys, &mark, new.id)?;
    }
    let blind = mark.map(|mark| keys.cover(&mark));
    let (proven, stated) = if new.real_name { (blind, None) } else { (None, blind) };
    let inserted = tx.run(
        "INSERT INTO access_accounts (id, login, kind, name, password_sealed, number_sealed, number_blind,
             phone_sealed, email_sealed, real_name, state, failures, created_at, password_at,
             stated_blind, proven_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'active', 0, $11, $12, $13, $14)",
        &[
            new.id.into(),
            new.login.to_lowercase().into(),
            new.kind.as_str().into(),
            new.name.as_str().into(),
            new.password.as_ref().map(|hash| kept(keys, new.id, hash)).into(),
            sealed(NUMBER, &new.number).into(),
            proven.into(),
            sealed(PHONE, &new.phone).into(),
            sealed(EMAIL, &new.email).into(),
            new.real_name.into(),
            now.into(),
            new.password.as_ref().map(|_| now).into(),
            stated.into(),
            new.real_name.then_some(Proof::Register.as_str()).into(),
        ],
    );
    match inserted {
        Ok(_) => Ok(()),
        Err(store::Error::Unique { columns, .. }) if columns.iter().any(|c| c == "login") => {
            Err(Refusal::new(RefusalKind::Conflict, "access.login_taken", "这个用户名已经有人用了")
                .field("account", "这个用户名已经有人用了，请换一个")
                .into())
        }
        Err(store::Error::Unique { .. }) => Err(number_taken().into()),
        Err(error) => Err(error.into()),
    }
}

/// Refuses a number that another account has proven. While the key of look-ups is exchanged it may stand there under
/// the other one, which no index holds to be the same: called in the transaction that writes it.
fn is_free(reader: &Reader<'_>, keys: &Keys, mark: &[u8; 32], id: Id<Account>) -> Outcome<()> {
    match account_by_mark(reader, keys, mark)?.filter(|other| other.id != id) {
        Some(_) => Err(number_taken().into()),
        None => Ok(()),
    }
}

/// Told to those alone who have shown that the number is theirs.
fn number_taken() -> Refusal {
    let words = "这个身份证号码已经有核实过的账户";
    Refusal::new(RefusalKind::Conflict, "access.number_taken", words).field("number", words).remedy(
        "请直接登录；忘记密码的，可以申请重置。那个账户不是您本人注册的，请带身份证到政务服务大厅的窗口，\
         由工作人员告诉您它的用户名，再申请重置，两位管理员核准以后归您使用",
    )
}

/// The account with this login, in any letter case.
pub fn account_by_login(reader: &Reader<'_>, login: &str) -> Outcome<Option<Account>> {
    Ok(reader
        .maybe(&format!("SELECT {COLUMNS} WHERE login = $1"), &[login.to_lowercase().into()])?)
}

/// The account with this id.
pub fn account_by_id(reader: &Reader<'_>, id: Id<Account>) -> Outcome<Option<Account>> {
    Ok(reader.maybe(&format!("SELECT {COLUMNS} WHERE id = $1"), &[id.into()])?)
}

/// Two accounts at once.
pub(crate) fn accounts_of(reader: &Reader<'_>, ids: [Id<Account>; 2]) -> Outcome<Vec<Account>> {
    let [one, other] = ids;
    Ok(reader
        .all(&format!("SELECT {COLUMNS} WHERE id IN ($1, $2)"), &[one.into(), other.into()])?)
}

/// The account of the person whose citizen number this is proven to be.
pub fn account_by_number(
    reader: &Reader<'_>,
    keys: &Keys,
    number: &str,
) -> Outcome<Option<Account>> {
    account_by_mark(reader, keys, &keys.mark(NUMBER, number.as_bytes()))
}

/// The same, by what the number is found: what the register of residents announces names a person so.
pub fn account_by_mark(
    reader: &Reader<'_>,
    keys: &Keys,
    mark: &[u8; 32],
) -> Outcome<Option<Account>> {
    let [now, beside] = keys.covers(mark);
    Ok(reader.maybe(
        &format!("SELECT {COLUMNS} WHERE number_blind IN ($1, $2)"),
        &[now.into(), beside.into()],
    )?)
}

/// The accounts on a citizen number: the proven one, and those that only state it; the newest 50.
pub fn accounts_on_number(reader: &Reader<'_>, keys: &Keys, number: &str) -> Outcome<Vec<Account>> {
    let [now, beside] = keys.blinds(NUMBER, number.as_bytes());
    Ok(reader.all(
        &format!(
            "SELECT {COLUMNS} WHERE number_blind IN ($1, $2) OR stated_blind IN ($1, $2)
             ORDER BY id DESC LIMIT 50"
        ),
        &[now.into(), beside.into()],
    )?)
}

/// Accounts by their ids, as other tables name them; ids of none are left out.
pub fn accounts_in(reader: &Reader<'_>, ids: &[String]) -> Outcome<Vec<Account>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let places: Vec<String> = (1..=ids.len()).map(|place| format!("${place}")).collect();
    let values: Vec<Value> = ids.iter().map(|id| id.as_str().into()).collect();
    let sql = format!("SELECT {COLUMNS} WHERE id IN ({})", places.join(", "));
    Ok(reader.all(&sql, &values)?)
}

/// Accounts of one kind after a login, in the order of logins.
pub fn accounts_after(
    reader: &Reader<'_>,
    kind: Kind,
    after: &str,
    limit: i64,
) -> Outcome<Vec<Account>> {
    Ok(reader.all(
        &format!("SELECT {COLUMNS} WHERE kind = $1 AND login > $2 ORDER BY login LIMIT $3"),
        &[kind.as_str().into(), after.into(), limit.into()],
    )?)
}

/// Notes that the number which the account states is proven to be its holder's. Refused while another
/// account has it proven.
pub fn prove_number(
    tx: &Tx<'_>,
    _permit: &Permit,
    keys: &Keys,
    id: Id<Account>,
    by: Proof,
) -> Outcome<()> {
    let stated: Option<Option<Vec<u8>>> =
        tx.maybe("SELECT stated_blind FROM access_accounts WHERE id = $1", &[id.into()])?;
    if let Some(stated) = stated.flatten() {
        is_free(tx, keys, &keys.uncover(&stated).map_err(Fault::from)?, id)?;
    }
    let proven = tx.run(
        "UPDATE access_accounts SET real_name = 1, number_blind = stated_blind, stated_blind = NULL,
             proven_by = $2
         WHERE id = $1 AND stated_blind IS NOT NULL",
        &[id.into(), by.as_str().into()],
    );
    match proven {
        Ok(0) => {
            let words = "这个账户已经核实过，或者没有填身份证号码";
            Err(Refusal::new(RefusalKind::Conflict, "access.nothing_to_prove", words).into())
        }
        Ok(_) => Ok(()),
        Err(store::Error::Unique { .. }) => Err(number_taken().into()),
        Err(error) => Err(error.into()),
    }
}

/// Notes that the number of an account that has shown it already is shown by more.
pub fn raise_proof(tx: &Tx<'_>, _permit: &Permit, id: Id<Account>, by: Proof) -> Outcome<()> {
    tx.run(
        "UPDATE access_accounts SET proven_by = $2 WHERE id = $1 AND real_name = 1",
        &[id.into(), by.as_str().into()],
    )?;
    Ok(())
}

/// Writes down the number that the holder of an account without one states. Held against nobody until it is proven.
pub fn state_number(
    tx: &Tx<'_>,
    _permit: &Permit,
    keys: &Keys,
    id: Id<Account>,
    number: &str,
) -> Outcome<bool> {
    let rows = tx.run(
        "UPDATE access_accounts SET number_sealed = $2, stated_blind = $3
         WHERE id = $1 AND number_sealed IS NULL AND real_name = 0",
        &[
            id.into(),
            keys.seal(NUMBER, number.as_bytes()).into(),
            keys.blind(NUMBER, number.as_bytes()).into(),
        ],
    )?;
    Ok(rows == 1)
}

/// Puts another phone in the place of the one before.
pub fn set_phone(
    tx: &Tx<'_>,
    _permit: &Permit,
    keys: &Keys,
    id: Id<Account>,
    phone: &str,
) -> Outcome<()> {
    tx.run(
        "UPDATE access_accounts SET phone_sealed = $1 WHERE id = $2",
        &[keys.seal(PHONE, phone.as_bytes()).into(), id.into()],
    )?;
    Ok(())
}

/// Puts another mail address in the place of the one before, or none.
pub fn set_email(
    tx: &Tx<'_>,
    _permit: &Permit,
    keys: &Keys,
    id: Id<Account>,
    email: Option<&str>,
) -> Outcome<()> {
    let sealed = email.map(|email| keys.seal(EMAIL, email.as_bytes()));
    tx.run(
        "UPDATE access_accounts SET email_sealed = $1 WHERE id = $2",
        &[sealed.into(), id.into()],
    )?;
    Ok(())
}

/// Closes an account for ever (`closed`): its password, number, phone and mail address are erased,
/// its sessions end, and the number may register anew. Login and name stay, because acts name them,
/// and a login that was somebody's is never given to another. Gives the mandates that ended with it, as they stood.
pub fn close_account(
    tx: &Tx<'_>,
    _permit: &Permit,
    id: Id<Account>,
    now: Moment,
) -> Outcome<Vec<Mandate>> {
    tx.run(
        "UPDATE access_accounts SET state = 'closed', password = NULL, password_sealed = NULL,
             number_sealed = NULL, number_blind = NULL, stated_blind = NULL, phone_sealed = NULL, email_sealed = NULL,
             real_name = 0, proven_by = NULL
         WHERE id = $1",
        &[id.into()],
    )?;
    tx.run("DELETE FROM access_codes WHERE account = $1", &[id.to_string().into()])?;
    crate::factors::end_all_factors(tx, id)?;
    crate::sessions::end_all_sessions(tx, id)?;
    crate::mandates::end_mandates_of(tx, id, EndedWhy::Closed, now)
}

/// Erases an account by a lawful order (个人信息保护法 art. 47): it is closed, and its login, its name, the names of its
/// devices, where it was signed in and its side of each mandate go too. Acts that name it by its id still do. Gives the
/// mandates that ended with it, as they stood.
pub fn erase_account(
    tx: &Tx<'_>,
    permit: &Permit,
    keys: &Keys,
    account: &Account,
    (document, now): (&str, Moment),
) -> Outcome<Vec<Mandate>> {
    let id = account.id;
    let ended = crate::mandates::erase_mandates_of(tx, keys, account, document, now)?;
    close_account(tx, permit, id, now)?;
    crate::factors::erase_factors(tx, id)?;
    tx.run(
        "UPDATE access_accounts SET login = $1, name = $2 WHERE id = $3",
        &[format!("erased-{id}").into(), base::erased_words(document).into(), id.into()],
    )?;
    Ok(ended)
}

/// Enables (`active`) or disables (`disabled`) an account; a disabled one loses its sessions, and a
/// closed one stays closed.
pub fn set_state(tx: &Tx<'_>, _permit: &Permit, id: Id<Account>, state: &str) -> Outcome<()> {
    tx.run(
        "UPDATE access_accounts SET state = $1,
             died_on = CASE WHEN $1 = 'active' THEN NULL ELSE died_on END
         WHERE id = $2 AND state <> 'closed'",
        &[state.into(), id.into()],
    )?;
    if state != "active" {
        crate::sessions::end_all_sessions(tx, id)?;
    }
    Ok(())
}

/// Notes the day on which the register of residents says that the holder died: the account is disabled and loses its
/// sessions. None takes the day back, where the register was wrong; the account stays disabled until somebody has seen
/// who its holder is. Says whether anything changed.
pub fn note_death(
    tx: &Tx<'_>,
    permit: &Permit,
    account: &Account,
    day: Option<Day>,
) -> Outcome<bool> {
    if account.state == "closed" || account.died_on == day {
        return Ok(false);
    }
    if day.is_some() {
        set_state(tx, permit, account.id, "disabled")?;
    }
    tx.run(
        "UPDATE access_accounts SET died_on = $1 WHERE id = $2",
        &[day.into(), account.id.into()],
    )?;
    Ok(true)
}
