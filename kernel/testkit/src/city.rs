//! A whole city on a fresh database of either kind, with a clock that stands still.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use access::{
    Account, Actor, Device, Holding, Kind as Sort, NewAccount, NewOrgan, NewSession, PasswordHash,
    Person, SessionKind, SignInRules, Standing, Token,
};
use base::{Day, FixedClock, Id, Moment, Outcome};
use frame::post::{Letter, PostOffice};
use frame::{Hall, IdentityProvider, Office};
use store::{Settings, Store};

use crate::client::Client;
use crate::database::{Home, Kind};
use crate::statements::Statements;

/// The password of every account that the kit makes.
pub const PASSWORD: &str = "Lake-of-Ezhou-2026";

/// The rules under which cities of tests sign their people in: as the house's, but a second factor is asked of
/// those alone who have one, and no password grows old. What the house's own rules demand is tested by
/// [`each_city_under`].
const LENIENT: &str = r#"[{
    "id": "TEST", "from_day": "2020-01-01", "basis": "tests", "text": "测试用的规则",
    "password": { "length_min": 10, "kinds_min": 3 },
    "lock": { "failures_max": 5, "seconds": 1800 },
    "idle_seconds": { "staff": 1800, "citizen": 7200 },
    "longest_seconds": { "staff": 43200, "citizen": 43200 },
    "known_browser_days": 0,
    "staff_second": { "demand": "where_held", "kinds": ["certificate", "passkey", "totp"] }
}]"#;

fn lenient() -> SignInRules {
    SignInRules::read(LENIENT).expect("the rules of tests")
}

/// A city for one test.
pub struct City {
    /// The city itself.
    pub hall: Arc<Hall>,
    /// Its clock: 2026-03-02 (a Monday), 09:00 in China, until the test moves it.
    pub clock: FixedClock,
    letters: Arc<Letters>,
    home: Home,
}

/// The hash of the kit's password: made once, because hashing is slow by design.
fn password_hash() -> PasswordHash {
    static HASH: OnceLock<Vec<u8>> = OnceLock::new();
    let bytes = HASH.get_or_init(|| {
        let hash = PasswordHash::new(&seal::Keys::for_tests(), PASSWORD).expect("a hash");
        hash.bytes().to_vec()
    });
    PasswordHash::from_bytes(bytes.clone())
}

/// Keeps letters in the place of sending them, or never answers, as some servers do.
#[derive(Default)]
struct Letters {
    kept: Mutex<Vec<Letter>>,
    hangs: AtomicBool,
    on_the_way: AtomicUsize,
}

impl Letters {
    async fn take(&self, letter: &Letter) -> Outcome<()> {
        if self.hangs.load(Ordering::SeqCst) {
            self.on_the_way.fetch_add(1, Ordering::SeqCst);
            std::future::pending::<()>().await;
        }
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).push(letter.clone());
        Ok(())
    }
}

impl PostOffice for Letters {
    fn deliver<'a>(
        &'a self,
        letter: &'a Letter,
    ) -> Pin<Box<dyn Future<Output = Outcome<()>> + Send + 'a>> {
        Box::pin(self.take(letter))
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
}

/// Runs this in a fresh city whose statements are gathered, and gives what it found.
pub fn observed_city<T>(
    kind: Kind,
    offices: &'static [&'static Office],
    look: impl AsyncFnOnce(City, Statements) -> T,
) -> T {
    runtime().block_on(in_time(async {
        let (home, statements) = (Home::fresh(kind), Statements::default());
        let settings = Settings { observer: Some(statements.observer()), ..home.settings() };
        let store = Store::open(&settings).expect("a fresh database opens");
        let signs_in = (lenient(), vec![province()]);
        look(City::on(home, store, offices, URL, signs_in), statements).await
    }))
}

/// No test takes so long. One that never ends fails and is named, and the others are run.
const LONGEST: Duration = Duration::from_secs(15 * 60);

async fn in_time<T>(test: impl Future<Output = T>) -> T {
    tokio::time::timeout(LONGEST, test).await.expect("the test ends")
}

/// Where a city of a test is reached.
const URL: &str = "http://city.test";

/// A platform of which a city knows, and which nobody asks anything.
fn province() -> IdentityProvider {
    IdentityProvider {
        id: "province".into(),
        name: "湖北省统一身份认证平台".into(),
        issuer: "https://id.test".into(),
        client_id: "city".into(),
        secret: None,
        scopes: vec!["openid".into()],
        name_claim: "name".into(),
        number_claim: None,
        proves: false,
        staff: false,
    }
}

/// Runs a test in a fresh city on each kind of database.
pub fn each_city(offices: &'static [&'static Office], test: impl AsyncFn(City)) {
    each_city_at(URL, offices, test);
}

/// The same in a city that believes these identity platforms.
pub fn each_city_believing(
    providers: &[IdentityProvider],
    offices: &'static [&'static Office],
    test: impl AsyncFn(City),
) {
    each_city_of(URL, (&lenient(), providers), offices, test);
}

/// The same in a city that is reached by HTTPS.
pub fn each_city_secure_believing(
    providers: &[IdentityProvider],
    offices: &'static [&'static Office],
    test: impl AsyncFn(City),
) {
    each_city_of("https://city.test", (&lenient(), providers), offices, test);
}

/// The same in a city that is reached at this address.
pub fn each_city_at(url: &str, offices: &'static [&'static Office], test: impl AsyncFn(City)) {
    each_city_of(url, (&lenient(), &[]), offices, test);
}

/// The same in a city whose people sign in under these rules.
pub fn each_city_under(
    rules: &SignInRules,
    offices: &'static [&'static Office],
    test: impl AsyncFn(City),
) {
    each_city_of(URL, (rules, &[]), offices, test);
}

#[allow(clippy::print_stderr, reason = "says on which database a test failed")]
fn each_city_of(
    url: &str,
    (rules, providers): (&SignInRules, &[IdentityProvider]),
    offices: &'static [&'static Office],
    test: impl AsyncFn(City),
) {
    for kind in Kind::ALL {
        let runtime = runtime();
        let run = || {
            runtime.block_on(in_time(async {
                let home = Home::fresh(kind);
                let store = home.open();
                let signs_in = (rules.clone(), providers.to_vec());
                test(City::on(home, store, offices, url, signs_in)).await;
            }))
        };
        if let Err(panic) = catch_unwind(AssertUnwindSafe(run)) {
            eprintln!("this was on {kind:?}");
            resume_unwind(panic);
        }
    }
}

impl City {
    /// A fresh city with these offices.
    pub fn open(kind: Kind, offices: &'static [&'static Office]) -> Self {
        let home = Home::fresh(kind);
        let store = home.open();
        Self::on(home, store, offices, URL, (lenient(), Vec::new()))
    }

    fn on(
        home: Home,
        store: Store,
        offices: &'static [&'static Office],
        url: &str,
        (sign_in, providers): (SignInRules, Vec<IdentityProvider>),
    ) -> Self {
        let start = Day::new(2026, 3, 2).expect("a day").start().plus_seconds(9 * 3_600);
        let clock = FixedClock::at(start);
        let letters = Arc::new(Letters::default());
        let keys = Arc::new(seal::Keys::for_tests());
        let ledger = ledger::Ledger::new(store.clone(), keys.clone(), "test.example/log")
            .demanding(frame::signatories(offices));
        let answerers = offices.iter().flat_map(|office| office.answers).copied();
        let namings = offices.iter().flat_map(|office| office.names).copied();
        let place = match home.kind() {
            Kind::Sqlite => vault::Place::Folder(home.folder().join("vault")),
            Kind::Postgres => vault::Place::Rows,
        };
        let hall = Arc::new(Hall {
            city: frame::City {
                name: "鄂州市".into(),
                site: "鄂州市人民政府".into(),
                division: "420700".into(),
                url: url.into(),
                demo: false,
            },
            desk: ask::Desk::new(store.clone(), ledger.clone(), keys.clone(), answerers)
                .naming(namings),
            vault: vault::Vault::new(store.clone(), keys.clone(), place),
            search: Arc::new(search::Index::in_memory().expect("an index")),
            calendar: Arc::new(clock::Calendar::china()),
            clock: Arc::new(clock.clone()),
            post: letters.clone(),
            data: home.folder().to_owned(),
            agent: None,
            trusted_proxies: Vec::new(),
            // The services that tests play are on this machine.
            intranet: vec![base::IpRange::parse("127.0.0.0/8").expect("a range")],
            providers,
            bell: tokio::sync::Notify::new(),
            halt: frame::Halt::default(),
            sign_in,
            offices,
            store,
            ledger,
            keys,
        });
        let installing = hall.clone();
        std::thread::spawn(move || installing.install(start).expect("the city installs"))
            .join()
            .expect("the city installs");
        Self { hall, clock, letters, home }
    }

    /// The folder of this city's files.
    pub fn folder(&self) -> &std::path::Path {
        self.home.folder()
    }

    /// The present moment of the city.
    pub fn now(&self) -> Moment {
        self.hall.now()
    }

    /// Lets time pass until nine in the morning, so many working days later.
    pub fn pass_working_days(&self, days: u32) {
        let day = self.hall.calendar.add_working_days(self.now().day(), days);
        self.clock.set(day.start().plus_seconds(9 * 3_600));
    }

    /// Does everything that waits: the log, listeners, the index, jobs.
    pub async fn settle(&self) {
        frame::clockwork::settle(&self.hall).await.expect("the clockwork settles");
    }

    /// Does one job of a kind now, whether it is due or not.
    pub async fn job(&self, name: &str) {
        let job = self.hall.job(name).expect("the job is known");
        (job.work)(self.hall.clone(), serde_json::Value::Null, self.now())
            .await
            .expect("the job is done");
        self.settle().await;
    }

    /// The letters delivered so far, and forgets them.
    pub fn letters(&self) -> Vec<Letter> {
        std::mem::take(&mut *self.letters.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// From now on the mail server takes the connection and says nothing more.
    pub fn let_letters_hang(&self) {
        self.letters.hangs.store(true, Ordering::SeqCst);
    }

    /// How many letters have been given to a server that says nothing more.
    pub fn letters_hanging(&self) -> usize {
        self.letters.on_the_way.load(Ordering::SeqCst)
    }

    /// Enters an organ below `parent` (none for the root).
    pub async fn organ(&self, id: &str, parent: Option<&str>, name: &str, code: &str) {
        let organ = NewOrgan {
            id: id.into(),
            parent: parent.map(str::to_owned),
            name: name.into(),
            short_name: name.into(),
            kind: "department".into(),
            code: code.into(),
            credit_code: None,
            division: "420700".into(),
            place: 0,
            duties: String::new(),
            phone: String::new(),
        };
        self.hall
            .write(move |tx| access::put_organ(tx, &access::clockwork("test"), &organ))
            .await
            .expect("the organ is entered");
    }

    /// Opens an account with one role; staff in an organ, citizens with a number.
    pub async fn account(&self, login: &str, name: &str, role: &str, organ: &str) -> Id<Account> {
        self.person(login, name, role, organ, None).await
    }

    /// Opens an account with everything.
    pub async fn person(
        &self,
        login: &str,
        name: &str,
        role: &str,
        organ: &str,
        number: Option<&str>,
    ) -> Id<Account> {
        let (keys, now) = (self.hall.keys.clone(), self.now());
        let citizen = role == "citizen";
        let new = NewAccount {
            id: Id::mint(now),
            login: login.into(),
            kind: if citizen { Sort::Citizen } else { Sort::Staff },
            name: name.into(),
            password: Some(password_hash()),
            number: number.map(str::to_owned),
            phone: Some("13800000000".into()),
            email: Some(format!("{login}@example.com")),
            real_name: true,
        };
        let holding = Holding {
            id: Id::mint(now),
            account: new.id,
            role: role.into(),
            organ: organ.into(),
            post: access::role_title(role).into(),
            from: now.day().plus(-400),
            until: None,
        };
        let id = new.id;
        self.hall
            .write(move |tx| {
                let permit = access::clockwork("test");
                access::create_account(tx, &permit, &keys, &new, now)?;
                access::give_holding(tx, &permit, &holding)
            })
            .await
            .expect("the account is opened");
        id
    }

    /// The person as an actor, for calling acts directly.
    pub async fn actor(&self, login: &str) -> Actor {
        let name = login.to_owned();
        let found = self.hall.store.read(move |r| access::account_by_login(r, &name)).await;
        let account = found.expect("a read").expect("the account is there");
        Actor::Person(Arc::new(Person {
            account: account.id,
            login: account.login,
            name: account.name,
            kind: account.kind,
            real_name: account.real_name,
            posts: Vec::new(),
            at: self.now(),
            session: [0; 32],
            standing: Standing::Whole,
        }))
    }

    /// A browser in which nobody is signed in.
    pub fn visitor(&self) -> Client {
        Client::new(frame::serve::router(&self.hall), None, None)
    }

    /// A program with this bearer token.
    pub fn bearing(&self, token: &str) -> Client {
        Client::new(frame::serve::router(&self.hall), None, Some(token))
    }

    /// A browser and a program in which this person is signed in, without the sign-in page.
    pub async fn client(&self, login: &str) -> Client {
        let Actor::Person(person) = self.actor(login).await else { panic!("a person") };
        let (web, api) = (Token::mint().expect("a token"), Token::mint().expect("a token"));
        let (keys, now, account) = (self.hall.keys.clone(), self.now(), person.account);
        let ends = now.plus_seconds(12 * 3_600);
        let opened = move |kind| NewSession {
            replaces: None,
            account,
            kind,
            second: None,
            device: Device::default(),
            ends,
        };
        let (cookie, bearer) = (web.clone(), api.clone());
        self.hall
            .write(move |tx| {
                access::open_session(tx, &keys, &web, &opened(SessionKind::Web), now)?;
                access::open_session(tx, &keys, &api, &opened(SessionKind::Api), now)
            })
            .await
            .expect("the session is opened");
        let router = frame::serve::router(&self.hall);
        let name = frame::serve::session_cookie(&self.hall);
        let key = self.signing_key(login).await;
        Client::new(router, Some((name, cookie.as_str())), Some(bearer.as_str())).signing(key)
    }
}
