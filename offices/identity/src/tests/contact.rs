//! Scenarios of one's own phone and mail address, and of closing one's account.

use frame::post::Letter;
use serde_json::json;
use testkit::city::{City, PASSWORD, each_city};

use super::{NUMBER, OFFICES, REGISTRATION, between, staffed};

/// The letters that went out since the last look.
async fn letters(city: &City) -> Vec<Letter> {
    city.settle().await;
    city.letters()
}

/// The code in the letter to this address.
fn code_in(letters: &[Letter], to: &str) -> String {
    let letter = letters.iter().find(|letter| letter.to == to).expect("a letter");
    between(&letter.text, "确认码：", "\n").to_owned()
}

#[test]
fn a_phone_is_changed_with_the_password_and_the_mail_address_is_told() {
    each_city(OFFICES, async |city: City| {
        city.account("zhang", "张明", "citizen", "").await;
        let zhang = city.client("zhang").await;
        zhang.get("/me").await.expect(200).says("/me/phone").says("/me/email").says("/me/close");
        zhang.get("/me/phone").await.expect(200).says("138****0000");
        let form = |phone: &'static str, password: &'static str| {
            [("phone", phone), ("password", password)]
        };
        let wrong = zhang.post("/me/phone", &form("1381", PASSWORD)).await.expect(422);
        wrong.says("手机号码应为 11 位数字").says("value=\"1381\"");
        let wrong = zhang.post("/me/phone", &form("13912345678", "no")).await.expect(422);
        wrong.says("现在的密码不对").says("13912345678");
        assert!(letters(&city).await.is_empty());
        zhang.post("/me/phone", &form("139 1234 5678", PASSWORD)).await.expect(303);
        let me = zhang.get("/me?done=phone").await.expect(200);
        me.says("手机号码已经修改").says("139****5678");
        let told = letters(&city).await;
        assert_eq!((told.len(), told[0].to.as_str()), (1, "zhang@example.com"));
        assert!(told[0].text.contains("139****5678"), "{}", told[0].text);
    });
}

#[test]
fn one_mailbox_gets_so_many_codes_a_day_whoever_asks_for_them() {
    each_city(OFFICES, async |city: City| {
        const LOGINS: [&str; 11] =
            ["aa", "bb", "cc", "dd", "ee", "ff", "gg", "hh", "ii", "jj", "kk"];
        let ask = [("email", "Victim@example.org"), ("password", PASSWORD)];
        for (place, login) in LOGINS.into_iter().enumerate() {
            city.account(login, "张明", "citizen", "").await;
            let asked = city.client(login).await.post("/me/email", &ask).await;
            match place {
                0..10 => _ = asked.expect(303),
                _ => _ = asked.expect(429).says("今天发出的确认邮件太多"),
            }
        }
        // Another mailbox is another matter; and who registers with the full one is told beside the field.
        let other = [("email", "other@example.org"), ("password", PASSWORD)];
        city.client("kk").await.post("/me/email", &other).await.expect(303);
        let mut form = REGISTRATION;
        form[3] = ("email", "victim@EXAMPLE.org");
        let told = city.visitor().post("/register", &form).await.expect(422);
        told.says("今天发到这个邮箱的确认邮件太多").says("victim@EXAMPLE.org");
        form[3] = ("email", "");
        city.visitor().post("/register", &form).await.expect(303);
        let to_it = letters(&city).await;
        let to_it = to_it.iter().filter(|one| one.to.eq_ignore_ascii_case("victim@example.org"));
        assert_eq!(to_it.count(), 10);
        city.clock.pass_seconds(24 * 3_600);
        city.client("kk").await.post("/me/email", &ask).await.expect(303);
    });
}

#[test]
fn a_new_mail_address_counts_once_its_code_has_come_back_and_the_old_one_is_told() {
    each_city(OFFICES, async |city: City| {
        city.account("zhang", "张明", "citizen", "").await;
        let zhang = city.client("zhang").await;
        let ask = [("email", " new@example.org "), ("password", PASSWORD)];
        let asked = zhang.post("/me/email", &ask).await.expect(303);
        let page = zhang.get(asked.leads_to()).await.expect(200);
        page.says("确认码已经发出").says("new@example.org").says("z***@example.com");
        let sent = letters(&city).await;
        assert_eq!(sent.len(), 1, "the old address is not troubled yet: {sent:?}");
        let code = code_in(&sent, "new@example.org");
        // Until then the old one stands, and a session of somebody else's is no use.
        zhang.get("/me").await.expect(200).says("z***@example.com");
        city.account("li", "李四", "citizen", "").await;
        let li = city.client("li").await;
        li.post("/me/email/confirm", &[("code", &code)]).await.expect(422).says("确认码不对");
        zhang.post("/me/email/confirm", &[("code", "aaaaaaaaaa")]).await.expect(422);
        let upper = code.to_uppercase();
        zhang.post("/me/email/confirm", &[("code", &upper)]).await.expect(303);
        zhang.get("/me?done=email").await.expect(200).says("n***@example.org");
        let told = letters(&city).await;
        assert_eq!((told.len(), told[0].to.as_str()), (1, "zhang@example.com"));
        assert!(told[0].text.contains("n***@example.org"), "{}", told[0].text);
        assert!(!told[0].text.contains("new@example.org"), "{}", told[0].text);
        // A code is good for once.
        let again = zhang.post("/me/email/confirm", &[("code", &upper)]).await.expect(422);
        again.says("确认码不对，或者已经过期");
        assert_eq!(super::counted(&city, "identity.code_failed").await, 3);
    });
}

#[test]
fn a_code_for_a_mail_address_is_void_after_five_wrong_tries_and_after_a_day() {
    each_city(OFFICES, async |city: City| {
        city.account("zhang", "张明", "citizen", "").await;
        let zhang = city.client("zhang").await;
        let ask = [("email", "new@example.org"), ("password", PASSWORD)];
        zhang.post("/me/email", &ask).await.expect(303);
        let code = code_in(&letters(&city).await, "new@example.org");
        for _ in 0..5 {
            zhang.post("/me/email/confirm", &[("code", "aaaaaaaaaa")]).await.expect(422);
        }
        zhang.post("/me/email/confirm", &[("code", &code)]).await.expect(422);
        zhang.post("/me/email", &ask).await.expect(303);
        let code = code_in(&letters(&city).await, "new@example.org");
        city.clock.pass_seconds(24 * 3_600 + 1);
        let zhang = city.client("zhang").await;
        zhang.post("/me/email/confirm", &[("code", &code)]).await.expect(422);
        assert!(!zhang.get("/me/email").await.expect(200).text.contains("new@example.org"));
    });
}

#[test]
fn nobody_fills_a_mailbox_with_codes() {
    each_city(OFFICES, async |city: City| {
        city.account("zhang", "张明", "citizen", "").await;
        let zhang = city.client("zhang").await;
        let ask = |email: &'static str| [("email", email), ("password", PASSWORD)];
        zhang.post("/me/email", &ask("zhang@example.com")).await.expect(422).says("就是现在的邮箱");
        zhang.post("/me/email", &ask("nowhere")).await.expect(422).says("邮箱地址不完整");
        for _ in 0..5 {
            zhang.post("/me/email", &ask("new@example.org")).await.expect(303);
        }
        let refused = zhang.post("/me/email", &ask("new@example.org")).await.expect(429);
        refused.says("没有再发");
        assert_eq!(letters(&city).await.len(), 5);
    });
}

#[test]
fn a_mail_address_can_be_taken_out_and_is_told() {
    each_city(OFFICES, async |city: City| {
        city.account("zhang", "张明", "citizen", "").await;
        let zhang = city.client("zhang").await;
        zhang.get("/me/email/remove").await.expect(200).says("删除我的邮箱");
        zhang.post("/me/email/remove", &[("password", "no")]).await.expect(422);
        assert!(!zhang.get("/me").await.expect(200).text.contains("只在"));
        zhang.post("/me/email/remove", &[("password", PASSWORD)]).await.expect(303);
        let me = zhang.get("/me").await.expect(200);
        assert!(!me.text.contains("example.com"), "{}", me.text);
        me.says("没有邮箱，办件的每一步只在");
        city.visitor().get("/register").await.expect(200).says("只在“我的办件”里告诉您");
        assert_eq!(letters(&city).await.len(), 1);
        assert_eq!(zhang.get("/me/email/remove").await.expect(303).leads_to(), "/me/email");
    });
}

#[test]
fn a_closed_account_never_opens_again_and_its_person_may_register_anew() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let citizen = city.visitor();
        let mut person = REGISTRATION;
        person[3].1 = "zm@example.com";
        citizen.post("/register", &person).await.expect(303);
        let password = person[5].1;
        city.visitor().post("/forgot", &[("account", "zhangming")]).await.expect(303);
        let elsewhere = city.client("zhangming").await;
        citizen.get("/me/close").await.expect(200).says("再也不能登录").says("第四十七条");
        let close =
            |password: &'static str, sure: &'static str| [("password", password), ("sure", sure)];
        citizen.post("/me/close", &close(password, "")).await.expect(422).says("请勾选");
        citizen.post("/me/close", &close("no", "true")).await.expect(422).says("现在的密码不对");
        let closed = citizen.post("/me/close", &close(password, "true")).await.expect(303);
        citizen.get(closed.leads_to()).await.expect(200).says("账户已经注销");
        for session in [&citizen, &elsewhere] {
            session.get("/me").await.expect(303);
        }
        let told = letters(&city).await;
        assert_eq!((told.len(), told[0].to.as_str()), (1, "zm@example.com"));

        // No password opens it, no administrators can, and what it held is gone.
        let sign_in = [("account", "zhangming"), ("password", password)];
        city.visitor().post("/sign-in", &sign_in).await.expect(422).says("用户名或密码不对");
        let keeper = city.client("keeper").await;
        let resets = keeper.get("/desk/resets").await.expect(200);
        let agree =
            format!("/desk/resets/{}/agree", between(&resets.text, "/desk/resets/", "/agree"));
        keeper.post(&agree, &[]).await.expect(404);
        let kept = city.hall.store.read(|r| access::account_by_login(r, "zhangming")).await;
        let kept = kept.expect("a read").expect("the name stays");
        assert_eq!((kept.state.as_str(), kept.name.as_str()), ("closed", "张明"));
        assert!(kept.password.is_none() && kept.number_sealed.is_none());
        assert!(kept.phone_sealed.is_none() && kept.email_sealed.is_none());
        let id = kept.id;
        let revive = move |tx: &::store::Tx<'_>| {
            access::set_state(tx, &access::clockwork("test"), id, "active")
        };
        city.hall.write(revive).await.expect("nothing happens");
        city.visitor().post("/sign-in", &sign_in).await.expect(422);

        // The name is nobody else's; the number may register again.
        city.visitor().post("/register", &person).await.expect(422).says("已经有人用了");
        person[4].1 = "zhangming2";
        let again = city.visitor();
        again.post("/register", &person).await.expect(303);
        again.get("/me/looks").await.expect(200).says("注册账户时核对");
        let number = city.hall.keys.clone();
        let found = city.hall.store.read(move |r| access::account_by_number(r, &number, NUMBER));
        assert_eq!(
            found.await.expect("a read").map(|held| held.login).as_deref(),
            Some("zhangming2")
        );
    });
}

#[test]
fn staff_do_not_close_their_own_account() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let warden = city.client("warden").await;
        assert!(!warden.get("/me").await.expect(200).text.contains("/me/close"));
        warden.get("/me/close").await.expect(200).says("由系统管理员停用");
        let close = [("password", PASSWORD), ("sure", "true")];
        warden.post("/me/close", &close).await.expect(422).says("不能自己注销");
        warden.get("/me").await.expect(200);
    });
}

#[test]
fn a_program_changes_and_closes_the_account_of_its_token() {
    each_city(OFFICES, async |city: City| {
        city.account("zhang", "张明", "citizen", "").await;
        let zhang = city.client("zhang").await;
        let phone = json!({ "phone": "13912345678", "password": PASSWORD });
        zhang.post_json("/api/v1/me/phone", &phone).await.expect(204);
        let wrong = json!({ "phone": "13912345678", "password": "no" });
        let refused = zhang.post_json("/api/v1/me/phone", &wrong).await.expect(422).json();
        assert_eq!(refused["error"]["code"], "identity.wrong_old");
        let email = json!({ "email": "new@example.org", "password": PASSWORD });
        zhang.post_json("/api/v1/me/email", &email).await.expect(202);
        let code = json!({ "code": code_in(&letters(&city).await, "new@example.org") });
        zhang.post_json("/api/v1/me/email/confirm", &code).await.expect(204);
        let proof = json!({ "password": PASSWORD });
        zhang.post_json("/api/v1/me/email/remove", &proof).await.expect(204);
        city.visitor().post_json("/api/v1/me/close", &proof).await.expect(401);
        zhang.post_json("/api/v1/me/close", &proof).await.expect(204);
        zhang.post_json("/api/v1/me/close", &proof).await.expect(401);
        let described = crate::api::openapi().paths.paths;
        assert!(described.contains_key("/api/v1/me/email/confirm"));
    });
}

#[test]
fn an_address_given_at_registration_counts_once_its_code_has_come_back() {
    each_city(OFFICES, async |city: City| {
        let citizen = city.visitor();
        let mut form = REGISTRATION;
        form[3].1 = "ming@example.org";
        citizen.post("/register", &form).await.expect(303);
        let sent = letters(&city).await;
        let code = code_in(&sent, "ming@example.org");
        citizen.get("/me").await.expect(200).says("有一个邮箱等您确认").says("输入确认码");
        // Nothing else is written to an address that nobody has confirmed.
        let phone = [("phone", "13912345678"), ("password", "Lake-2026-east")];
        citizen.post("/me/phone", &phone).await.expect(303);
        assert!(letters(&city).await.is_empty());
        citizen
            .get("/me/email")
            .await
            .expect(200)
            .says("现在没有登记邮箱")
            .says("ming@example.org");
        citizen.post("/me/email/confirm", &[("code", &code)]).await.expect(303);
        let me = citizen.get("/me").await.expect(200);
        me.says("m***@example.org");
        assert!(!me.text.contains("等您确认"));
        let phone = [("phone", "13812345678"), ("password", "Lake-2026-east")];
        citizen.post("/me/phone", &phone).await.expect(303);
        assert_eq!(letters(&city).await.len(), 1);
    });
}
