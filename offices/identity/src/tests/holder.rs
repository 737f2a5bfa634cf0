//! Whose number it is: what a stranger learns and takes by knowing it, and what the holder does about it.

use super::*;

/// A registration that differs in one field, under another login.
fn with(
    field: &str,
    value: &'static str,
    login: &'static str,
) -> [(&'static str, &'static str); 7] {
    let mut fields = REGISTRATION;
    fields[4].1 = login;
    for one in &mut fields {
        if one.0 == field {
            one.1 = value;
        }
    }
    fields
}

const CARD: [(&str, &str); 3] = [("name", "张明"), ("number", NUMBER), ("seen", "true")];

fn of(login: &'static str) -> Vec<(&'static str, &'static str)> {
    let mut fields = CARD.to_vec();
    fields.push(("login", login));
    fields
}

#[test]
fn a_stranger_who_registers_with_somebodys_number_does_not_keep_the_holder_out() {
    each_city(OFFICES, async |city: City| {
        let stranger = city.visitor();
        let taken = with("phone", "13900001111", "stranger");
        stranger.post("/register", &taken).await.expect(303);
        let me = stranger.get("/me").await.expect(200);
        me.says("没有与人口登记核对一致").says("再核对一次");
        // Who looked at the holder's data is told to the holder alone.
        let looks = stranger.get("/me/looks").await.expect(200);
        looks.says("账户还没有核实");
        assert!(!looks.text.contains("注册账户时核对"));
        let holder = city.visitor();
        holder.post("/register", &REGISTRATION).await.expect(303);
        holder.get("/me").await.expect(200).says("已经核实是本人");
        holder.get("/me/looks").await.expect(200).says("未登录的访客");
    });
}

#[test]
fn whatever_differs_from_the_register_the_answer_is_the_same() {
    each_city(OFFICES, async |city: City| {
        let answer = async |fields: [(&'static str, &'static str); 7]| {
            let visitor = city.visitor();
            let to = visitor.post("/register", &fields).await.expect(303).leads_to().to_owned();
            let me = visitor.get(&to).await.expect(200).text;
            let looks = visitor.get("/me/looks").await.expect(200).text;
            let own = [
                (fields[4].1.to_owned(), "用户名"),
                (fields[0].1.to_owned(), "姓名"),
                (base::mask::citizen_number(fields[1].1), "号码"),
                (base::mask::phone(fields[2].1), "手机"),
            ];
            let same = |page: String| {
                own.iter().fold(page, |page, (theirs, ours)| page.replace(theirs, ours))
            };
            (to, same(me), same(looks))
        };
        let other_phone = answer(with("phone", "13900001111", "one-one")).await;
        let other_name = answer(with("name", "李四", "two-two")).await;
        let unknown = answer(with("number", "420702199003076626", "three-three")).await;
        assert_eq!(other_phone, other_name);
        assert_eq!(other_phone, unknown);
        assert!(unknown.1.contains("没有与人口登记核对一致"));
    });
}

#[test]
fn who_corrects_the_phone_is_compared_again() {
    each_city(OFFICES, async |city: City| {
        let citizen = city.visitor();
        citizen.post("/register", &with("phone", "13900001111", "zhangming")).await.expect(303);
        citizen.post("/me/compare", &[]).await.expect(422).says("还是没有核对一致");
        let change = [("phone", "13812345678"), ("password", "Lake-2026-east")];
        citizen.post("/me/phone", &change).await.expect(303);
        let done = citizen.post("/me/compare", &[]).await.expect(303);
        citizen.get(done.leads_to()).await.expect(200).says("已经核实是本人");
        citizen.post("/me/compare", &[]).await.expect(404);
    });
}

#[test]
fn a_clerk_who_has_seen_the_card_vouches_for_the_holder() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        city.account("window", "李敏", "clerk", "city").await;
        let citizen = city.visitor();
        citizen.post("/register", &with("phone", "13900001111", "zhangming")).await.expect(303);
        let clerk = city.client("window").await;
        let unseen = clerk.post("/desk/holders", &CARD[..2]).await.expect(422);
        unseen.says("请先看证件原件");
        let found = clerk.post("/desk/holders", &CARD).await.expect(200);
        found.says("姓名与人口登记一致").says("zhangming").says("139****1111");
        citizen.post("/desk/holders/prove", &of("zhangming")).await.expect(403);
        clerk.post("/desk/holders/prove", &of("zhangming")).await.expect(303);
        citizen.get("/me").await.expect(200).says("已经核实是本人");
        // The holder sees that the counter compared.
        citizen.get("/me/looks").await.expect(200).says("窗口当面核实账户是不是本人的");
    });
}

#[test]
fn an_account_that_is_not_the_holders_is_closed_at_the_counter() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        city.account("window", "李敏", "clerk", "city").await;
        city.account("zhao", "赵四", "citizen", "").await;
        let stranger = city.visitor();
        let mut first = with("phone", "13900001111", "stranger");
        first
            .iter_mut()
            .filter(|(name, _)| *name == "email")
            .for_each(|one| one.1 = "x@example.com");
        stranger.post("/register", &first).await.expect(303);
        city.settle().await;
        let sent = city.letters();
        let code = between(&sent.first().expect("a letter").text, "确认码：", "\n").to_owned();
        stranger.post("/me/email/confirm", &[("code", &code)]).await.expect(303);
        let clerk = city.client("window").await;
        clerk.post("/desk/holders", &CARD).await.expect(200).says("stranger");
        // Only what stands on the number of the card is in reach.
        clerk.post("/desk/holders/close", &of("zhao")).await.expect(404);
        clerk.post("/desk/holders/close", &of("window")).await.expect(404);
        clerk.post("/desk/holders/close", &of("stranger")).await.expect(303);
        stranger.get("/me").await.expect(303);
        city.settle().await;
        assert!(city.letters().iter().any(|letter| letter.text.contains("由政务服务窗口注销")));
        let holder = city.visitor();
        holder.post("/register", &REGISTRATION).await.expect(303);
        holder.get("/me").await.expect(200).says("已经核实是本人");
        let closed = |act: &ledger::Recorded| act.kind == "identity.closed_for_holder";
        assert!(record(&city).await.iter().any(closed));
    });
}

#[test]
fn a_clerk_alone_neither_closes_a_proven_account_nor_goes_by_a_card_that_the_register_denies() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        city.account("window", "李敏", "clerk", "city").await;
        city.visitor().post("/register", &with("email", "", "zhangming")).await.expect(303);
        city.visitor().post("/register", &with("phone", "13900001111", "other")).await.expect(303);
        let clerk = city.client("window").await;
        let refused = clerk.post("/desk/holders/close", &of("zhangming")).await.expect(422);
        refused.says("窗口不能注销").says("由两位管理员核准");
        let forged = [("name", "李四"), ("number", NUMBER), ("seen", "true"), ("login", "other")];
        for way in ["/desk/holders/prove", "/desk/holders/close"] {
            clerk.post(way, &forged).await.expect(422).says("与人口登记不一致");
        }
        // The holder reads of every comparison.
        let holder = city.client("zhangming").await;
        let looks = holder.get("/me/looks").await.expect(200);
        assert!(looks.text.matches("窗口当面核实账户是不是本人的").count() >= 3, "{}", looks.text);
    });
}

#[test]
fn a_phone_is_not_found_by_trying_from_many_addresses() {
    each_city(OFFICES, async |city: City| {
        for n in 0..5 {
            let login: &'static str = format!("guess-{n}").leak();
            let wrong = with("phone", "13900001111", login);
            city.visitor().post("/register", &wrong).await.expect(303);
        }
        // Even the right one is not told any more today, whoever asks.
        let sixth = city.visitor().post("/register", &REGISTRATION).await.expect(429);
        sixth.says("次数太多");
        city.clock.pass_seconds(24 * 3_600 + 1);
        city.visitor().post("/register", &REGISTRATION).await.expect(303);
    });
}

#[test]
fn a_proven_number_is_not_proven_for_a_second_account() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        city.account("window", "李敏", "clerk", "city").await;
        city.visitor().post("/register", &with("phone", "13900001111", "other")).await.expect(303);
        city.visitor().post("/register", &REGISTRATION).await.expect(303);
        let clerk = city.client("window").await;
        let refused = clerk.post("/desk/holders/prove", &of("other")).await.expect(422);
        refused.says("已经有核实过的账户");
    });
}
