//! Agents at the window: a mandate on paper is taken in with the application, whoever comes again is held to it, and
//! both sides can end it.

use serde_json::{Value, json};
use testkit::{Answer, City, Client, each_city};

use crate::applying::fill;
use crate::journey::{city_with_people, entries, step};

mod later;

const PRINCIPAL: (&str, &str) = ("周小满", "420703199502280003");
const AGENT: (&str, &str) = ("王建国", "42070419851231001X");
pub const PDF: &[u8] = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n";

/// The city, and somebody in its register who has no account.
pub async fn city_with_a_principal(city: &City) -> Client {
    city_with_people(city).await;
    let csv = format!(
        "公民身份号码,姓名,性别,出生日期,民族,住址,电话\n\
         {},{},女,1995-02-28,汉族,鄂州市华容区容州大道9号,13712345678\n",
        PRINCIPAL.1, PRINCIPAL.0
    );
    let by = population::acts::By::CommandLine;
    population::acts::import(&city.hall, by, csv.into(), "more.csv").await.expect("a load");
    city.client("clerk").await
}

/// What a clerk types of who has come with a paper: for this one case, for everything but withdrawing.
pub fn brought<'a>(principal: (&'a str, &'a str), until: &'a str) -> Vec<(&'static str, &'a str)> {
    vec![
        ("item", "housing-fund"),
        ("name", principal.0),
        ("number", principal.1),
        ("came", "agent"),
        ("agent_name", AGENT.0),
        ("agent_number", AGENT.1),
        ("compared", "true"),
        ("scope", "this"),
        ("powers", "apply"),
        ("powers", "supplement"),
        ("powers", "papers"),
        ("from", "2026-03-01"),
        ("until", until),
    ]
}

pub fn with<'a>(
    mut fields: Vec<(&'static str, &'a str)>,
    name: &'static str,
    value: &'a str,
) -> Vec<(&'static str, &'a str)> {
    fields.retain(|(field, _)| *field != name);
    fields.push((name, value));
    fields
}

/// Uploads the photograph of the mandate.
async fn photograph(clerk: &Client, draft: &str) {
    let file = ("file-agent-mandate", "委托书.pdf", PDF);
    let material = [("material", "agent-mandate")];
    clerk.upload(&format!("{draft}/materials"), &material, file).await.expect(303);
}

/// Takes an application in that an agent has brought: its number.
pub async fn taken_in(clerk: &Client, fields: &[(&str, &str)]) -> String {
    let draft = clerk.post("/desk/counter", fields).await.expect(303).leads_to().to_owned();
    fill(clerk, &draft).await;
    photograph(clerk, &draft).await;
    let sent = clerk.post(&format!("{draft}/submit"), &[]).await.expect(303);
    no_in(sent.leads_to())
}

pub fn no_in(slip: &str) -> String {
    slip.trim_start_matches("/desk/cases/").trim_end_matches("/slip").to_owned()
}

async fn withdraws(clerk: &Client, no: &str, came: &[(&str, &str)]) -> Answer {
    let mut fields = vec![("reason", "申请人书面提出")];
    fields.extend_from_slice(came);
    clerk.post(&format!("/desk/cases/{no}/withdraw"), &fields).await
}

pub fn agent_came(number: &str) -> Vec<(&'static str, &str)> {
    vec![("came", "agent"), ("agent_number", number), ("agent_compared", "true")]
}

/// What was put on record, the newest first.
pub async fn record(city: &City) -> Vec<ledger::Recorded> {
    let until = city.now().plus_seconds(1);
    let all = ledger::Sought::between(base::Moment::from_millis(0), until);
    let read = city.hall.store.read(move |r| Ok(ledger::search(r, &all, None, 500)?.rows));
    read.await.expect("the record")
}

/// What acts of this kind say, with the name of who did them.
async fn acts(city: &City, kind: &'static str) -> Vec<(String, Value)> {
    city.settle().await;
    let acts = record(city).await;
    for act in &acts {
        let said = act.json().to_string();
        assert!(!said.contains(AGENT.1) && !said.contains(PRINCIPAL.1), "an act bears a number");
    }
    acts.iter()
        .filter(|act| act.kind == kind)
        .map(|act| (act.who().expect("who").name, act.content()))
        .collect()
}

#[test]
fn an_agent_with_a_paper_applies_corrects_and_is_held_to_what_it_says() {
    each_city(hall::OFFICES, async |city| {
        let clerk = city_with_a_principal(&city).await;
        clerk.get("/desk/counter").await.expect(200).says("来办的是谁").says("授权委托书");
        let fields = brought(PRINCIPAL, "2026-04-30");
        let draft = clerk.post("/desk/counter", &fields).await.expect(303).leads_to().to_owned();
        let page = clerk.get(&draft).await.expect(200);
        page.says("由代理人王建国凭纸质委托书代为提出").says("提出申请、补正材料、领取文书");
        fill(&clerk, &draft).await;
        let missing = clerk.post(&format!("{draft}/submit"), &[]).await.expect(422);
        missing.says("请上传「授权委托书」");
        photograph(&clerk, &draft).await;
        let sent = clerk.post(&format!("{draft}/submit"), &[]).await.expect(303);
        let slip = clerk.get(sent.leads_to()).await.expect(200);
        slip.says("查询码是申请人的，不交给代理人");
        assert!(!slip.text.contains("查询码</"), "the code is the applicant's");
        let no = no_in(sent.leads_to());

        let noted = acts(&city, "approvals.mandate_noted").await;
        let (who, said) = noted.first().expect("an act");
        assert_eq!((who.as_str(), &said["agent"]), ("李雷", &json!("王建国")));
        assert_eq!((&said["principal"]["name"], &said["no"]), (&json!("周小满"), &json!(no)));
        let desk = clerk.get(&format!("/desk/cases/{no}")).await.expect(200);
        desk.says("由代理人提出").says("纸质委托书").says("代理人王建国到窗口").says("委托书.pdf");

        step(&clerk, &no, "correct", json!({ "items": ["缺缴存证明"] })).await.expect(200);
        let supplement = format!("/desk/cases/{no}/supplement");
        let hands_in = async |came: &[(&str, &str)]| {
            let mut fields = vec![("note", "补交缴存证明")];
            fields.extend_from_slice(came);
            clerk.upload(&supplement, &fields, ("files", "证明.pdf", PDF)).await
        };
        let asked = hands_in(&[]).await.expect(422);
        asked.says("请选择来办的是申请人本人还是代理人").says("补交缴存证明");
        let other = hands_in(&agent_came(PRINCIPAL.1)).await.expect(422);
        other.says("与委托书上代理人的号码不一致").says("补交缴存证明");
        hands_in(&[("came", "agent"), ("agent_number", AGENT.1)])
            .await
            .expect(422)
            .says("请先看代理人的身份证原件");
        hands_in(&agent_came(AGENT.1)).await.expect(303);
        let came = acts(&city, "approvals.agent_came").await;
        assert_eq!(came.first().map(|(_, said)| said["agent"].clone()), Some(json!("王建国")));

        // What the paper does not name, the agent does not have done; the applicant does.
        let refused = withdraws(&clerk, &no, &agent_came(AGENT.1)).await.expect(422);
        refused.says("不包括这一件的“撤回申请”").says("申请人书面提出");
        let reason = json!({ "reason": "书面提出" });
        step(&clerk, &no, "withdraw", reason.clone()).await.expect(422);
        let by = json!({ "reason": "书面提出", "came": "agent", "agent_number": AGENT.1,
            "agent_compared": true });
        step(&clerk, &no, "withdraw", by).await.expect(403);
        withdraws(&clerk, &no, &[("came", "self")]).await.expect(303);
    });
}

#[test]
fn an_agent_who_comes_after_the_last_day_is_sent_away_and_the_applicant_is_not() {
    each_city(hall::OFFICES, async |city| {
        let clerk = city_with_a_principal(&city).await;
        let fields = with(brought(PRINCIPAL, "2026-03-02"), "powers", "apply");
        let mut fields = fields;
        fields.push(("powers", "withdraw"));
        let no = taken_in(&clerk, &fields).await;
        city.clock.pass_seconds(24 * 3_600);
        let clerk = city.client("clerk").await;
        let late = withdraws(&clerk, &no, &agent_came(AGENT.1)).await.expect(422);
        late.says("委托书现在是“已经到期”");
        clerk.get(&format!("/desk/cases/{no}")).await.expect(200).says("已经到期");
        withdraws(&clerk, &no, &[("came", "self")]).await.expect(303);
    });
}

#[test]
fn what_is_wrong_with_a_paper_is_told_beside_its_field_and_nothing_typed_is_lost() {
    each_city(hall::OFFICES, async |city| {
        let clerk = city_with_a_principal(&city).await;
        let tries = async |fields: Vec<(&'static str, &str)>| {
            let told = clerk.post("/desk/counter", &fields).await.expect(422);
            told.says("value=\"周小满\"").says(PRINCIPAL.1);
            told
        };
        let good = || brought(PRINCIPAL, "2026-04-30");
        tries(with(good(), "came", "")).await.says("请选择来办的是申请人本人还是代理人");
        let empty = [("item", "housing-fund"), ("name", PRINCIPAL.0), ("number", PRINCIPAL.1)];
        let empty = tries([&empty[..], &[("came", "agent")]].concat()).await;
        empty
            .says("请按委托书选择权限")
            .says("请写委托书上的最后一天")
            .says("请先看代理人的身份证原件");
        tries(with(good(), "agent_number", "420704198512310011")).await.says("校验");
        tries(with(good(), "agent_number", PRINCIPAL.1)).await.says("代理人不能是申请人自己");
        tries(with(good(), "agent_name", "王建军")).await.says("代理人的姓名与身份证号码对不上");
        tries(with(good(), "until", "2026-03-01")).await.says("已经到期");
        tries(with(good(), "from", "2026-03-03")).await.says("起才有效");
        tries(with(good(), "until", "2027-03-02")).await.says("最多 365 天");
        tries(with(good(), "powers", "papers")).await.says("委托书没有写“提出申请”");
        let mut firm = good();
        firm.extend([("firm_name", "江边面馆"), ("firm_code", "91330100799655058B")]);
        tries(firm).await.says("这个事项不由单位申请").says("江边面馆");
        tries(with(good(), "item", "bookshop")).await.says("委托书要以单位的名义写");
        let items = with(with(good(), "scope", "items"), "items", "bookshop");
        tries(items).await.says("委托书写明的事项不包括").says("value=\"bookshop\"");
        let unknown = with(with(good(), "scope", "items"), "items", "no-such-item");
        tries(unknown).await.says("没有找到事项「no-such-item」");
        assert!(acts(&city, "approvals.mandate_noted").await.is_empty());
    });
}

#[test]
fn a_paper_that_a_window_has_taken_in_is_used_again_and_not_taken_in_twice() {
    each_city(hall::OFFICES, async |city| {
        let clerk = city_with_a_principal(&city).await;
        let all = with(brought(PRINCIPAL, "2026-04-30"), "scope", "all");
        taken_in(&clerk, &all).await;
        let twice = clerk.post("/desk/counter", &all).await.expect(422);
        twice.says("已经登记过").says("用鄂州市住房公积金中心窗口登记的这一份");
        let (_, id) = twice.text.split_once("name=\"known\" value=\"").expect("a choice");
        let id = id.split('"').next().expect("its id").to_owned();
        let again = with(all.clone(), "known", &id);
        let draft = clerk.post("/desk/counter", &again).await.expect(303).leads_to().to_owned();
        clerk.get(&draft).await.expect(200).says("由代理人王建国凭纸质委托书代为提出");
        fill(&clerk, &draft).await;
        let sent = clerk.post(&format!("{draft}/submit"), &[]).await.expect(303);
        let second = no_in(sent.leads_to());
        assert_eq!(acts(&city, "approvals.mandate_noted").await.len(), 1);
        assert_eq!(acts(&city, "approvals.agent_came").await.len(), 1);

        // The principal takes it back at the window: it ends for both cases, at once.
        let back = format!("/desk/cases/{second}/mandate");
        let says = |number| [("mandate", id.as_str()), ("principal_number", number)];
        clerk.post(&back, &says("1")).await.expect(422).says("请先看委托人的身份证原件");
        let compared = |number| [&says(number)[..], &[("principal_compared", "true")]].concat();
        let other = clerk.post(&back, &compared(AGENT.1)).await.expect(422);
        other.says("与委托人的号码不一致，没有收回").says(AGENT.1);
        city.client("stranger").await.post(&back, &compared(PRINCIPAL.1)).await.expect(403);
        clerk.post(&back, &compared(PRINCIPAL.1)).await.expect(303);
        clerk.get(&format!("/desk/cases/{second}")).await.expect(200).says("委托人已经收回");
        clerk.post(&back, &compared(PRINCIPAL.1)).await.expect(422).says("委托人已经收回");
        assert_eq!(acts(&city, "approvals.mandate_revoked").await.len(), 1);
        clerk.post("/desk/counter", &again).await.expect(422).says("现在不能用");
        city.settle().await;
        let letters = city.letters();
        let told = |to: &str, words: &str| {
            letters.iter().any(|one| one.to == to && one.text.contains(words))
        };
        assert!(told("other@example.com", "已经由委托人带身份证到窗口收回"));
    });
}

#[test]
fn a_paper_with_more_powers_or_for_a_firm_is_another_than_the_one_taken_in() {
    each_city(hall::OFFICES, async |city| {
        let clerk = city_with_a_principal(&city).await;
        let all = with(brought(PRINCIPAL, "2026-04-30"), "scope", "all");
        taken_in(&clerk, &all).await;
        let mut more = all.clone();
        more.push(("powers", "withdraw"));
        taken_in(&clerk, &more).await;
        assert_eq!(acts(&city, "approvals.mandate_noted").await.len(), 2);
        clerk.post("/desk/counter", &more).await.expect(422).says("已经登记过");
        clerk.post("/desk/counter", &all).await.expect(422).says("已经登记过");

        city.account("books", "沈文", "clerk", "ezhou-xwcb").await;
        let mut firm = with(all.clone(), "item", "bookshop");
        firm.extend([("firm_name", "江边书店"), ("firm_code", "91330100799655058B")]);
        city.client("books").await.post("/desk/counter", &firm).await.expect(303);
    });
}

#[test]
fn both_sides_of_a_paper_who_have_accounts_see_it_and_can_end_it() {
    each_city(hall::OFFICES, async |city| {
        let clerk = city_with_a_principal(&city).await;
        let own = ("陈晓敏", "420702199003076634");
        let no = taken_in(&clerk, &brought(own, "2026-04-30")).await;
        city.settle().await;
        let letters = city.letters();
        let to = |to: &str| letters.iter().filter(|one| one.to == to).collect::<Vec<_>>();
        assert!(to("citizen@example.com").iter().any(|one| one.text.contains("不是您委托的")));
        assert!(to("citizen@example.com").iter().any(|one| one.text.contains("查询码：")));
        assert!(to("other@example.com").iter().all(|one| !one.text.contains("查询码：")));

        let (principal, agent) = (city.client("citizen").await, city.client("other").await);
        let list = principal.get("/me/mandates").await.expect(200);
        list.says("纸质委托书，在窗口使用").says("王建国");
        let (_, id) = list.text.split_once("href=\"/me/mandates/0").expect("a mandate");
        let id = format!("0{}", id.split('"').next().expect("its id"));
        let one = format!("/me/mandates/{id}");
        principal.get(&one).await.expect(200).says("收回委托").says("住房公积金");
        agent.get(&one).await.expect(200).says("辞去委托").says("网上不能凭它办理");
        // On the site it opens nothing.
        agent.get(&format!("/my/cases/{no}")).await.expect(404);
        agent.get(&format!("/my/cases?mandate={id}")).await.expect(404);
        let form = entries(&agent, "housing-fund").await;
        let body = json!({ "item": "housing-fund", "form": form, "mandate": id });
        agent.post_json("/api/v1/applications", &body).await.expect(404);
        city.person("third", "何静", "citizen", "", None).await;
        city.client("third").await.get(&one).await.expect(404);

        agent.post(&format!("{one}/give-up"), &[]).await.expect(303);
        principal.get(&one).await.expect(200).says("代理人已经辞去");
        step(&clerk, &no, "correct", json!({ "items": ["缺缴存证明"] })).await.expect(200);
        let note = json!({ "note": "补了", "came": "agent", "agent_number": AGENT.1,
            "agent_compared": true });
        let refused = step(&clerk, &no, "supplement", note).await.expect(403);
        refused.says("代理人已经辞去");
        city.settle().await;
        let letters = city.letters();
        assert!(letters.iter().any(|one| one.to == "citizen@example.com"
            && one.text.contains("已经由代理人辞去")));

        // The newest stands first.
        city.clock.pass_seconds(1);
        let second = taken_in(&clerk, &brought(own, "2026-04-30")).await;
        let list = principal.get("/me/mandates").await.expect(200);
        let (_, id) = list.text.split_once("href=\"/me/mandates/0").expect("a mandate");
        let one = format!("/me/mandates/0{}", id.split('"').next().expect("its id"));
        principal.post(&format!("{one}/revoke"), &[]).await.expect(303);
        clerk.get(&format!("/desk/cases/{second}")).await.expect(200).says("委托人已经收回");
    });
}

#[test]
fn what_an_agent_reads_of_the_principals_cases_stands_among_the_looks_at_their_data() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let powers = json!({ "powers": ["apply", "look_up", "papers"] });
        let (principal, agent, id) = crate::mandates::mandate(&city, powers).await;
        let filed = crate::mandates::file(&agent, &id).await.expect(201).json();
        let no = crate::journey::no_of(&filed).to_owned();
        agent.get(&format!("/my/cases?mandate={id}")).await.expect(200);
        agent.get(&format!("/my/cases/{no}")).await.expect(200);
        city.settle().await;
        let looks = principal.get("/me/looks").await.expect(200);
        looks.says("代理人凭您的委托书查看办件").says("办件列表").says("申请填写的内容和办理经过");
        looks.says(&format!("王建国（代理人，受陈晓敏委托，委托书 {id}）"));
        let own = agent.get("/me/looks").await.expect(200);
        assert!(!own.text.contains("代理人凭您的委托书查看"), "nobody looked at the agent's data");
        // What one reads of one's own case is no look.
        let before = looks.text.matches("查看办件").count();
        principal.get(&format!("/my/cases/{no}")).await.expect(200);
        city.settle().await;
        let again = principal.get("/me/looks").await.expect(200);
        assert_eq!(again.text.matches("查看办件").count(), before);
    });
}

#[test]
fn a_personal_mandate_reaches_nothing_that_the_principal_files_for_a_firm() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let citizen = city.client("citizen").await;
        let filed = crate::journey::apply_with(&citizen, "road-freight", "rules").await;
        let firms = crate::journey::no_of(&filed).to_owned();
        let all =
            json!({ "scope": "all", "items": [], "powers": ["apply", "look_up", "withdraw"] });
        let (_, agent, id) = crate::mandates::mandate(&city, all).await;
        agent.get(&format!("/my/cases/{firms}")).await.expect(404);
        agent.post(&format!("/my/cases/{firms}/withdraw"), &[("reason", "不办")]).await.expect(404);
        let chosen = [("mandate", id.as_str())];
        let refused = agent.post("/apply/bookshop", &chosen).await.expect(403);
        refused.says("以个人名义写的，这个事项由单位申请");
        let own = crate::journey::no_of(&crate::journey::apply(&citizen).await).to_owned();
        agent.get(&format!("/my/cases/{own}")).await.expect(200);
    });
}

/// Where a paper is taken in for a case that runs, as a clerk types it: to be withdrawn and fetched by the agent.

#[test]
fn an_agent_fetches_the_papers_at_the_window_and_nobody_whose_mandate_does_not_say_so() {
    each_city(hall::OFFICES, async |city| {
        let clerk = city_with_a_principal(&city).await;
        let no = taken_in(&clerk, &brought(PRINCIPAL, "2026-04-30")).await;
        let (examiner, approver) = (city.client("examiner").await, city.client("approver").await);
        step(&clerk, &no, "accept", json!({})).await.expect(200);
        let examined = json!({ "opinion": "材料齐全", "finding": "approve" });
        step(&examiner, &no, "examine", examined).await.expect(200);
        let decided = json!({ "verdict": "grant", "reason": "符合条件", "ground": "《住房公积金管理条例》第二十四条" });
        step(&approver, &no, "decide", decided).await.expect(200);
        let issued = json!({ "certificate_name": "提取凭证", "certificate_no": "1" });
        step(&clerk, &no, "issue", issued).await.expect(200);
        clerk.get(&format!("/desk/cases/{no}")).await.expect(200).says("窗口领取的是谁");
        let fetches = async |came: &[(&str, &str)]| {
            let mut fields = vec![("manner", "counter"), ("receipt", "本人签字")];
            fields.extend_from_slice(came);
            clerk.post(&format!("/desk/cases/{no}/deliver"), &fields).await
        };
        fetches(&agent_came(PRINCIPAL.1)).await.expect(422).says("与委托书上代理人的号码不一致");
        fetches(&[("came", "agent"), ("agent_number", AGENT.1)])
            .await
            .expect(422)
            .says("请先看代理人的身份证原件");
        fetches(&agent_came(AGENT.1)).await.expect(303);
        let came = acts(&city, "approvals.agent_came").await;
        assert_eq!(came.first().map(|(_, said)| said["step"].clone()), Some(json!("送达办结")));
        let desk = clerk.get(&format!("/desk/cases/{no}")).await.expect(200);
        desk.says("代理人王建国到窗口");

        // One that does not name the papers fetches none.
        let only = with(with(brought(PRINCIPAL, "2026-04-29"), "powers", "apply"), "scope", "this");
        let second = taken_in(&clerk, &only).await;
        for (client, verb, body) in [
            (&clerk, "accept", json!({})),
            (&examiner, "examine", json!({ "opinion": "材料齐全", "finding": "approve" })),
            (
                &approver,
                "decide",
                json!({ "verdict": "grant", "reason": "符合条件", "ground": "《住房公积金管理条例》第二十四条" }),
            ),
            (&clerk, "issue", json!({ "certificate_name": "提取凭证", "certificate_no": "2" })),
        ] {
            step(client, &second, verb, body).await.expect(200);
        }
        let came = json!({ "manner": "counter", "receipt": "签字", "came": "agent", "agent_number": AGENT.1, "agent_compared": true });
        step(&clerk, &second, "deliver", came).await.expect(403).says("不包括这一件的“领取文书”");
    });
}

#[test]
fn items_are_chosen_by_name_and_what_is_wrong_is_told_in_one_round() {
    each_city(hall::OFFICES, async |city| {
        let clerk = city_with_a_principal(&city).await;
        let page = clerk.get("/desk/counter").await.expect(200);
        page.says("<datalist").says("list=\"items-by-name\"");
        let name =
            page.text.split_once("<datalist").and_then(|(_, rest)| rest.split_once("value=\""));
        let name =
            name.expect("an item of the organ").1.split('"').next().expect("its name").to_owned();
        assert!(!page.text.contains("开办食品"), "another organ's items are not offered");
        let fields = with(brought(PRINCIPAL, "2026-04-30"), "item", name.as_str());
        clerk.post("/desk/counter", &fields).await.expect(303);

        // A part of a name leads to the whole one; a wrong digit beside it is told in the same round.
        let part: String = name.chars().take(3).collect();
        let fields = with(
            with(brought(PRINCIPAL, "2026-04-30"), "item", &part),
            "agent_number",
            "420704198512310011",
        );
        let fields = with(fields, "number", "420703199502280004");
        let told = clerk.post("/desk/counter", &fields).await.expect(422);
        told.says("名称里有").says(&name);
        assert_eq!(told.text.matches("校验").count(), 4, "both numbers, above and beside each");

        // What firms alone apply for needs the firm, and says so beside whatever else is wrong.
        let fields =
            with(with(brought(PRINCIPAL, "2026-04-30"), "item", "bookshop"), "until", "2026-03-01");
        let told = clerk.post("/desk/counter", &fields).await.expect(422);
        told.says("委托书要以单位的名义写").says("已经到期").says("名称和代码都要填写");
        assert!(!told.text.contains("单位名称<span class=\"optional\""), "it is not optional");
        // The register is asked about both cards before anything is told.
        let fields = with(brought(("周小美", PRINCIPAL.1), "2026-04-30"), "agent_name", "王建军");
        let told = clerk.post("/desk/counter", &fields).await.expect(422);
        told.says("姓名与身份证号码对不上，请核对证件").says("代理人的姓名与身份证号码对不上");
    });
}
