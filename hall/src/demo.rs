//! The demo city: fills an empty city by the same acts that people would do, and serves it.

use std::collections::{BTreeSet, HashMap};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use access::{Account, Actor, Holding, NewAccount};
use approvals::{Applicant, Posts};
use base::{Fault, Id, Moment, Outcome, Refusal, RefusalKind, SystemClock};
use frame::Hall;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::agent::{self, Agent, Asks, Tokens};
use crate::city;
use crate::config::Config;
use crate::ground::Ground;
use crate::line::{DemoArgs, say};

mod watched;

/// The file that says a data folder holds a demo.
pub const MARK: &str = "demo";
/// How many people apply, and how often the demo's citizen stands among them.
const APPLICANTS: u32 = 200;
const OWN_SHARE: usize = 10;
/// So many people live in the city for each of its legal entities.
const RESIDENTS_A_FIRM: u32 = 10;
/// Seeds of the names of applicants and of staff: the demo is the same city every time.
const APPLICANTS_SEED: u64 = 420_700;
const STAFF_SEED: u64 = 420_701;
/// The demo's staff have been in their posts for so many days.
const SINCE_DAYS: i64 = 200;

/// The accounts that the terminal tells of: login, and what it is for.
const ACCOUNTS: [(&str, &str); 25] = [
    ("citizen", "市民：申请、查看自己的办件"),
    ("agent", "市民的代理人：凭委托书替市民办理"),
    ("clerk", "市场监督管理局窗口：收件、受理、补正、制证、送达"),
    ("examiner", "市场监督管理局审查"),
    ("approver", "市场监督管理局审批负责人：决定"),
    ("clerk3", "市场监督管理局窗口，登录还要动态验证码"),
    ("examiner3", "市场监督管理局审查，登录还要数字证书"),
    ("clerk2", "住房和城乡建设局窗口"),
    ("examiner2", "住房和城乡建设局审查"),
    ("approver2", "住房和城乡建设局审批负责人"),
    ("supervisor", "监察"),
    ("editor", "信息编辑"),
    ("reviewer", "信息审核，发布政务服务事项"),
    ("registrar", "人口信息管理"),
    ("datasteward", "公安局数据专员：答复共享申请、核查异议、核实一个号码两个人的线索"),
    ("datasteward2", "民政局数据专员：申请共享数据"),
    ("datasteward3", "市场监督管理局数据专员：核实许可的比对线索"),
    ("datamanager", "数据目录管理：编制、发布、撤回目录"),
    ("datamanager2", "数据目录管理（要另一个人审核）"),
    ("orgadmin", "市场监督管理局电子政务管理员：在本局提出和收回岗位"),
    ("privacy", "个人信息保护：录入删除命令"),
    ("privacy2", "个人信息保护：同意删除命令（要另一个人）"),
    ("sysadmin", "系统管理员"),
    ("secadmin", "安全管理员"),
    ("auditor", "审计管理员"),
];

/// A demo has known passwords: it is not served to others by mistake, by whichever command.
pub fn refuse_the_public(listen: SocketAddr, known_to_be_a_demo: bool) -> Result<(), Refusal> {
    if listen.ip().is_loopback() || known_to_be_a_demo {
        return Ok(());
    }
    let words = format!("演示账户的密码是公开的，不能在 {listen} 上开门");
    Err(Refusal::new(RefusalKind::Forbidden, "hall.demo_is_public", words).remedy(
        "只在本机演示，请用 127.0.0.1；确实要给别人看，请用 cityhall demo --i-know-this-is-a-demo",
    ))
}

/// Whether this database holds a demo, whatever folder it is opened from.
pub fn stands_in(store: &store::Store) -> Outcome<bool> {
    if !store.tables()?.iter().any(|table| table == "hall_marks") {
        return Ok(false);
    }
    let mark: Option<String> = store.read_now(|r| {
        Ok(r.maybe("SELECT name FROM hall_marks WHERE name = $1", &[MARK.into()])?)
    })?;
    Ok(mark.is_some())
}

/// Opens the demo in `data`, filling it first if it is new.
pub fn open_or_fill(
    runtime: &Runtime,
    data: &Path,
    config: &Config,
    args: &DemoArgs,
) -> Outcome<Arc<Hall>> {
    if city::exists(data) {
        if !data.join(MARK).exists() {
            let words = format!("{} 里是一座真实的城市，不能当作演示来启动", data.display());
            return Err(Refusal::new(RefusalKind::Conflict, "hall.not_a_demo", words)
                .remedy("请用 cityhall serve 启动它，或者用 --data 另指一个文件夹")
                .into());
        }
        if finished(data) {
            return city::open(data, config, Arc::new(SystemClock), true);
        }
        say("上次没有建完，接着建");
    } else {
        let ground = Ground::take(data)?;
        city::found(data, config)?;
        // Later commands on this folder must find the same database.
        // The agent of the demo is another one each time.
        crate::commands::write_config(data, &Config { agent: None, ..config.clone() })?;
        write(data, "begun")?;
        // From here on what was broken off is gone on with.
        ground.keep()?;
    }
    let hall = city::open(data, config, Arc::new(SystemClock), true)?;
    runtime.block_on(fill(&hall, args.residents, args.cases, |words| say(words)))?;
    write(data, "whole")?;
    Ok(hall)
}

fn write(data: &Path, words: &str) -> Outcome<()> {
    std::fs::write(data.join(MARK), words)
        .map_err(|error| crate::files::unwritable(&data.join(MARK), &error).into())
}

fn finished(data: &Path) -> bool {
    std::fs::read_to_string(data.join(MARK)).is_ok_and(|words| words == "whole")
}

/// Fills a city with the demo's organs, people, items, documents, so many residents and cases, and
/// tells what it is at. Each step does nothing the second time, so that a demo whose making was
/// broken off goes on.
pub async fn fill(hall: &Arc<Hall>, residents: u32, count: usize, tell: fn(&str)) -> Outcome<()> {
    let now = hall.now();
    let since = now.plus_seconds(-SINCE_DAYS * 86_400);
    let mark = "INSERT INTO hall_marks (name) VALUES ($1) ON CONFLICT (name) DO NOTHING";
    hall.write(move |tx| Ok(tx.run(mark, &[MARK.into()]).map(|_| ())?)).await?;
    tell("正在建立演示城市：机构和人员");
    identity::demo(
        hall,
        since,
        (
            population::DEMO_CITIZEN_NAME,
            population::DEMO_CITIZEN_NUMBER,
            population::DEMO_CITIZEN_PHONE,
        ),
        (population::DEMO_AGENT_NAME, population::DEMO_AGENT_NUMBER, population::DEMO_AGENT_PHONE),
    )
    .await?;
    city::make_folder(&hall.data.join("demo-keys"))?;
    identity::demo_factors(hall, since).await?;
    tell(&format!("正在登记 {residents} 位虚构的居民"));
    population::demo(hall, residents).await?;
    let firms = residents / RESIDENTS_A_FIRM;
    tell(&format!("正在登记 {firms} 家虚构的单位"));
    entities::demo(hall, residents, firms).await?;
    tell("正在发布数据目录");
    let (compiler, publisher) =
        (person(hall, "datamanager").await?, person(hall, "datamanager2").await?);
    catalogue::demo::demo(hall, &compiler, &publisher).await?;
    tell("正在发布办事指南和信息");
    powers::demo::demo(hall).await?;
    let (editor, reviewer) = (person(hall, "editor").await?, person(hall, "reviewer").await?);
    portal::demo(hall, &editor, &reviewer).await?;
    tell("正在办理三个月的办件");
    cases(hall, (residents, firms), count, (now, since)).await?;
    tell("正在比对发放名单、许可和人口登记");
    watched::lists(hall, residents).await?;
    watched::firms(hall, (residents, firms)).await?;
    watched::people(hall).await?;
    identity::demo_signing(hall).await?;
    tell("正在编入登记簿和索引");
    frame::clockwork::settle(hall).await?;
    Ok(())
}

async fn person(hall: &Hall, login: &str) -> Outcome<Actor> {
    let account = account(hall, login).await?;
    Ok(frame::acting_as(&account, hall.now()))
}

async fn account(hall: &Hall, login: &str) -> Outcome<Account> {
    let name = login.to_owned();
    let found = hall.store.read(move |r| access::account_by_login(r, &name)).await?;
    Ok(found.ok_or_else(|| Fault::said(format!("the demo has no account {login}")))?)
}

async fn cases(
    hall: &Arc<Hall>,
    (residents, firms): (u32, u32),
    count: usize,
    (now, since): (Moment, Moment),
) -> Outcome<()> {
    let none = hall.store.read(|r| flow::waiting(r, &flow::Scope::city())).await? == 0;
    if !none {
        return Ok(());
    }
    let items = powers::demo::items()?;
    let organs: BTreeSet<&str> = items.iter().map(|(_, organ)| organ.as_str()).collect();
    let mut posts = HashMap::new();
    for (number, organ) in organs.into_iter().enumerate() {
        posts.insert(organ.to_owned(), posts_of(hall, organ, number, since).await?);
    }
    let slugs: Vec<String> = items.iter().map(|(slug, _)| slug.clone()).collect();
    let mut applicants = applicants(hall).await?;
    let running = entities::demo::running(residents, firms)?;
    for (applicant, firm) in applicants.iter_mut().zip(running.iter().cycle()) {
        applicant.firm = Some(firm.clone());
    }
    approvals::demo(hall, &slugs, &posts, &applicants, count, now).await?;
    Ok(())
}

/// The posts of an organ: the demo's own accounts where they belong to it, new ones elsewhere.
async fn posts_of(hall: &Arc<Hall>, organ: &str, number: usize, since: Moment) -> Outcome<Posts> {
    let mut people = Vec::new();
    for (at, role) in ["clerk", "examiner", "approver"].into_iter().enumerate() {
        people.push(post_of(hall, organ, (number * 3 + at, role), since).await?);
    }
    let mut people = people.into_iter();
    let mut next = || people.next().unwrap_or((Id::from_bits(0), String::new()));
    Ok(Posts { clerk: next(), examiner: next(), approver: next() })
}

async fn post_of(
    hall: &Arc<Hall>,
    organ: &str,
    (number, role): (usize, &'static str),
    since: Moment,
) -> Outcome<(Id<Account>, String)> {
    let place = organ.to_owned();
    let held =
        hall.store.read(move |r| access::holder_of(r, role, &place, since.day().plus(1))).await?;
    if let Some(account) = held {
        return Ok((account.id, account.name));
    }
    let name = population::demo::adults(STAFF_SEED, 200)?
        .get(number)
        .map(|resident| resident.name.as_str().to_owned())
        .unwrap_or_default();
    let login = format!("{role}.{}", organ.trim_start_matches("ezhou-"));
    let new: NewAccount = identity::staff_account(Id::mint(since), &login, &name);
    let holding = Holding {
        id: Id::mint(since),
        account: new.id,
        role: role.into(),
        organ: organ.into(),
        post: access::role_title(role).into(),
        from: since.day(),
        until: None,
    };
    let (keys, id) = (hall.keys.clone(), new.id);
    hall.write(move |tx| {
        let permit = access::clockwork("hall.demo");
        access::create_account(tx, &permit, &keys, &new, since)?;
        access::give_holding(tx, &permit, &holding)
    })
    .await?;
    Ok((id, name))
}

/// Some residents without an account, who apply at the counter, and the demo's citizen, who
/// applies online.
async fn applicants(hall: &Hall) -> Outcome<Vec<Applicant>> {
    let account = account(hall, "citizen").await?;
    let applicant = |resident: &population::terms::Resident| Applicant {
        account: None,
        name: resident.name.as_str().into(),
        number: resident.number.as_str().into(),
        address: resident.address.clone(),
        phone: resident.phone.as_ref().map(|phone| phone.as_str().to_owned()).unwrap_or_default(),
        firm: None,
    };
    let own = Applicant {
        account: Some((account.id, account.name.clone())),
        ..applicant(&population::demo::citizen()?)
    };
    let residents = population::demo::adults(APPLICANTS_SEED, APPLICANTS)?;
    let mut applicants: Vec<Applicant> = residents.iter().map(applicant).collect();
    // Some of the cases are the citizen's own, so that 我的办件 shows something of everything.
    applicants.extend(std::iter::repeat_n(own, OWN_SHARE));
    Ok(applicants)
}

/// Where the demo's agent listens: beside the city's own door, or wherever there is room.
pub async fn agents_door(listen: SocketAddr) -> Outcome<TcpListener> {
    let here = |port| SocketAddr::from(([127, 0, 0, 1], port));
    let beside = listen.port().checked_add(1).filter(|_| listen.port() != 0);
    match agent::bind(here(beside.unwrap_or_default())).await {
        Ok(door) => Ok(door),
        Err(_) => agent::bind(here(0)).await,
    }
}

/// The agent that plays the tokens of the demo's staff, for pages of this address alone.
pub fn agent(data: &Path, address: SocketAddr) -> Outcome<Agent> {
    let mut sites = vec![format!("http://{address}")];
    if address.ip().is_loopback() {
        sites.push(format!("http://localhost:{}", address.port()));
    }
    Agent::new(Tokens::Folder(data.join("demo-keys")), sites, Asks::Nobody)
}

/// What the terminal says when the door is open.
pub fn welcome(address: SocketAddr, agent: Option<&str>) {
    say("");
    say(format!("演示城市已经开门：http://{address}"));
    say("账户（密码都是 cityhall-demo）：");
    for (login, about) in ACCOUNTS {
        say(format!("  {login:<13}{about}"));
    }
    say(format!("clerk3 的验证码：在手机验证器里输入密钥 {}", identity::CODES));
    if let Some(agent) = agent {
        say(format!(
            "签名代理（演示）在 {agent}：作决定、发布、授权要本人签名，页面会找它，签了什么这里会说"
        ));
    }
    say("工作人员的私钥在数据目录的 demo-keys/，也可以用 cityhall sign 自己签名");
    say(format!(
        "通行密钥：从 http://localhost:{} 打开，用任何账户登录，在“登录方式”里设置",
        address.port()
    ));
    say("演示只向已经加上第二种登录方式的账户要第二步；真实的城市，工作人员登录一律要用两种方式");
    say("按 Ctrl+C 停止；再次启动会保留所有内容。");
}

/// The gateways of the demo.
const GATEWAYS: [exchange::demo::DemoGateway; 4] = [
    exchange::demo::DemoGateway {
        name: "zjj",
        title: "市住建局网关",
        organ: ("ezhou-zjj", "鄂州市住房和城乡建设局"),
        kinds: &["housing.permits", "209001/000001", "209002/000001", "203007/000001"],
    },
    exchange::demo::DemoGateway {
        name: "wjw",
        title: "市卫健委网关",
        organ: ("ezhou-wjw", "鄂州市卫生健康委员会"),
        kinds: &["health.births", "202001/000001", "101005/000001"],
    },
    exchange::demo::DemoGateway {
        name: "mzj",
        title: "市民政局网关",
        organ: ("ezhou-mzj", "鄂州市民政局"),
        kinds: &[],
    },
    exchange::demo::DemoGateway {
        name: "gaj",
        title: "市公安局网关",
        organ: ("ezhou-gaj", "鄂州市公安局"),
        kinds: &[population::demo::DEMO_RESOURCE],
    },
];

const GROUND: &str = "政务数据共享条例第二十三条";

/// What the departments of the demo have agreed on.
const AGREED: &[ask::Terms] = &[
    ask::Terms {
        asker: "organ:ezhou-zjj",
        kind: "population.person",
        purpose: "housing_subsidy",
        about: "核对住房补贴的申请人",
        fields: &["name", "address", "died"],
        ground: GROUND,
        valid_seconds: 3_600,
    },
    ask::Terms {
        asker: "organ:ezhou-zjj",
        kind: "health.births",
        purpose: "housing_subsidy",
        about: "核对住房补贴申请家庭的新生儿",
        fields: &["mother", "born", "hospital"],
        ground: GROUND,
        valid_seconds: 3_600,
    },
    ask::Terms {
        asker: "organ:ezhou-wjw",
        kind: "housing.permits",
        purpose: "hospital_building",
        about: "了解医院工程的施工许可",
        fields: &["*"],
        ground: GROUND,
        valid_seconds: 86_400,
    },
];

/// What the demo's health commission answers.
const BIRTHS: &str = r#"{"mother":"420704199001011234","born":"2026-02-11","hospital":"鄂州市妇幼保健院","weight":3200}
{"mother":"420704199203042221","born":"2026-02-15","hospital":"鄂州市中心医院","weight":2950}
"#;

/// What the housing authority of the demo has agreed to: permits, for the office of civil affairs.
fn permits(today: base::Day, request: &str) -> ask::Share {
    let fields = ["licence_no", "project", "builder", "begins_on"];
    ask::Share {
        organ: "ezhou-mzj".into(),
        organ_name: "鄂州市民政局".into(),
        kind: exchange::WHOLE_TABLES.into(),
        purpose: request.into(),
        about: "了解养老机构工程的施工许可".into(),
        fields: fields.map(str::to_owned).to_vec(),
        ground: GROUND.into(),
        valid_seconds: 86_400,
        filter: Vec::new(),
        yes_no: false,
        rate: ask::Rate::default(),
        from: today,
        until: None,
        request: request.into(),
        version: 1,
        resource: "209002/000001".into(),
    }
}

/// Connects the gateways of the demo where that was not done yet: the authority, the centre's certificates, the
/// registrations, and a folder for each in `demo-gateways/`.
pub async fn connect(hall: &Arc<Hall>, data: &Path) -> Outcome<()> {
    let folder = data.join("demo-gateways");
    certificates::demo::found(hall).await?;
    if let Some(new) = exchange::demo::new_centre(hall).await? {
        let [signing, sealing] = &new.keys;
        let name = exchange::CENTRE;
        let pair = certificates::demo::issue_pair(hall, name, [signing, sealing]).await?;
        exchange::demo::certify(hall, new, pair).await?;
    }
    exchange::demo::agree_on(hall, AGREED).await?;
    for gateway in &GATEWAYS {
        let place = folder.join(gateway.name);
        if place.join("gateway.toml").exists() {
            continue;
        }
        city::make_folder(&place)?;
        let keys = crate::gateway::lay_keys(&place)?;
        let [signing, sealing] = &keys;
        let pair = certificates::demo::issue_pair(hall, gateway.name, [signing, sealing]).await?;
        crate::gateway::lay_demo(hall, &place, gateway, &pair).await?;
        exchange::demo::register(hall, gateway, pair).await?;
        if gateway.name == "wjw" {
            let path = place.join("births.jsonl");
            std::fs::write(&path, BIRTHS)
                .map_err(|error| crate::files::unwritable(&path, &error))?;
        }
        if gateway.name == "gaj" {
            city::make_folder(&place.join("residents"))?;
            let path = place.join("residents/户籍.csv");
            std::fs::write(&path, population::demo::police_table()?)
                .map_err(|error| crate::files::unwritable(&path, &error))?;
            population::demo::feed(hall, gateway.organ).await?;
        }
    }
    exchange::demo::passed(hall).await?;
    let stopped = "相关工作已经结束";
    for (purpose, stopped) in [("SQ-2026-0031", ""), ("SQ-2025-0207", stopped)] {
        exchange::demo::subscribe(hall, "mzj", permits(hall.now().day(), purpose), stopped).await?;
    }
    say(format!("四个部门的网关放在 {}，例如：", folder.display()));
    let example = folder.join("zjj/gateway.toml");
    say(format!("  cityhall gateway --config {} --centre {}", example.display(), hall.city.url));
    say("公安局的网关把户籍表推送进人口登记库；先试运行，再启动：");
    let (police, resource) = (folder.join("gaj/gateway.toml"), population::demo::DEMO_RESOURCE);
    say(format!("  cityhall gateway test-run {resource} --config {}", police.display()));
    say(format!("  cityhall gateway --config {} --centre {}", police.display(), hall.city.url));
    Ok(())
}
