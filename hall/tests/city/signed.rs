//! Decisive acts and the signatures of who does them.

use access::Signer;
use axum::body::Body;
use axum::http::Request;
use base::Id;
use data_encoding::BASE64;
use seal::SigningKey;
use seal::cert::{Issue, Profile, Reason, Revoked, Serial, Subject};
use serde_json::{Value, json};
use testkit::signing::{asked_to_sign, authority};
use testkit::{Answer, City, Client, each_city};

use crate::journey::{apply, case, city_with_people, no_of, step};
use crate::program::{badly, well};

/// A case that waits for its decision: its number.
async fn to_be_decided(city: &City) -> String {
    city_with_people(city).await;
    another_to_be_decided(city).await
}

async fn another_to_be_decided(city: &City) -> String {
    let created = apply(&city.client("citizen").await).await;
    let no = no_of(&created).to_owned();
    step(&city.client("clerk").await, &no, "accept", json!({})).await.expect(200);
    let opinion = json!({ "finding": "approve", "opinion": "符合条件" });
    step(&city.client("examiner").await, &no, "examine", opinion).await.expect(200);
    no
}

/// The approver, who signs nothing by herself, and her key.
async fn approver(city: &City) -> (Client, SigningKey) {
    let key = city.signing_key("approver").await.expect("a key");
    (city.client("approver").await.signing(None), key)
}

const FORM: [(&str, &str); 2] = [("reason", "符合法定条件"), ("ground", "第三十八条")];

async fn decides(approver: &Client, no: &str) -> Answer {
    approver.post(&format!("/desk/cases/{no}/grant"), &FORM).await
}

/// The second step, by what the page of the first one asks.
async fn signs(client: &Client, path: &str, asked: &Answer, key: &SigningKey) -> Answer {
    let (text, token) = asked_to_sign(asked).expect("what is to be signed");
    let signature = BASE64.encode(&key.sign(text.as_bytes()));
    client.post(path, &[("signing", &token), ("signature", &signature)]).await
}

/// What the record has of signatures that came back otherwise than they were asked for, in their order.
async fn unfit(city: &City) -> Vec<String> {
    let all = "SELECT c.body FROM ledger_acts a JOIN ledger_contents c ON c.act_id = a.id
               WHERE a.kind = 'access.signing_unfit' ORDER BY a.born";
    let bodies = city.hall.store.read(move |r| Ok(r.all::<String>(all, &[])?)).await;
    let refusal = |body: String| {
        let act: Value = serde_json::from_str(&body).expect("an act");
        act.pointer("/content/refusal").and_then(Value::as_str).expect("a code").to_owned()
    };
    bodies.expect("read").into_iter().map(refusal).collect()
}

async fn state(city: &City, no: &str) -> String {
    case(city, no).await.state
}

/// The receipt of the decision, as a file.
async fn receipt(city: &City, no: &str) -> Value {
    city.settle().await;
    let id = case(city, no).await.id.to_string();
    let acts = city.hall.store.read(move |r| ledger::acts_of(r, "case", &id)).await.expect("acts");
    let act = acts.iter().find(|act| act.kind == "approvals.granted").expect("the decision").id;
    city.visitor().get(&format!("/receipts/{act}/file")).await.expect(200).json()
}

fn verdict(city: &City, receipt: &Value) -> ledger::Verdict {
    ledger::verify(&receipt.to_string(), &city.hall.keys.log_key().public())
}

#[test]
fn a_decision_is_made_with_the_signature_of_who_makes_it_and_not_without() {
    each_city(hall::OFFICES, async |city| {
        let no = to_be_decided(&city).await;
        let before = state(&city, &no).await;
        let (approver, key) = approver(&city).await;
        let asked = decides(&approver, &no).await.expect(428);
        asked.says("请签名：准予许可").says("赵局").says(&no).says("cityhall sign --key");
        assert_eq!(state(&city, &no).await, before, "nothing is done before it is signed");
        let path = format!("/desk/cases/{no}/grant");
        // What somebody else signs is no signature of the approver.
        let other = city.signing_key("clerk").await.expect("a key");
        let wrong = signs(&approver, &path, &asked, &other).await.expect(428);
        wrong.says("这不是用您登记的证书");
        let (_, token) = asked_to_sign(&asked).expect("a token");
        let nonsense = [("signing", token.as_str()), ("signature", "不是签名")];
        approver.post(&path, &nonsense).await.expect(428).says("这不是用您登记的证书");
        assert_eq!(state(&city, &no).await, before);
        let failed = "SELECT CAST(COUNT(*) AS BIGINT) FROM ledger_acts
                      WHERE kind = 'access.signature_failed'";
        let failed = city.hall.store.read(move |r| Ok(r.one::<i64>(failed, &[])?)).await;
        assert_eq!(failed.expect("a count"), 2, "a wrong signature is on record");
        signs(&approver, &path, &asked, &key).await.expect(303);
        assert_ne!(state(&city, &no).await, before);
        // The page that was signed serves once.
        let again = signs(&approver, &path, &asked, &key).await.expect(422);
        again.says("这一件现在是“准予许可，待制证”，不能准予许可");

        let receipt = receipt(&city, &no).await;
        let good = verdict(&city, &receipt);
        assert!(good.holds(), "{good:?}");
        assert!(good.checks.iter().any(|check| check.words.contains("赵局")), "{good:?}");
        // Neither can the signature be taken away, nor another put in its place.
        let mut bare = receipt.clone();
        bare.as_object_mut().expect("a receipt").remove("signed");
        assert!(!verdict(&city, &bare).holds());
        let mut other = receipt.clone();
        let twin = key.sign(b"something else");
        other["signed"]["signature"] = data_encoding::HEXLOWER.encode(&twin).into();
        assert!(!verdict(&city, &other).holds());
    });
}

#[test]
fn an_act_that_stands_is_not_recorded_again_by_the_signature_that_made_it() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let (_, key) = approver(&city).await;
        let account = city.actor("approver").await.person().expect("a person").account.to_string();
        let who = ledger::Who { account: Some(account), ..ledger::Who::clockwork() };
        // What has no state that would refuse it before: the ledger itself knows its acts.
        let act = ledger::Act::new(city.now(), "approvals.granted", "case", "1");
        let record = async |signing: std::sync::Arc<ledger::Signing>| {
            let (who, act) = (who.clone(), act.clone());
            let write = city.hall.write(move |tx| ledger::record(tx, &who, &act));
            ledger::signing_with(signing, write).await
        };
        let first = ledger::Signing::nothing(city.now());
        record(first.clone()).await.expect_err("it is to be signed");
        let text = first.unsigned().expect("what is to be signed").text;
        let (digest, signature) = (seal::sm3(&[&text]), key.sign(&text));
        let given = || ledger::Signing::given(digest, signature, city.now());
        record(given()).await.expect("recorded");
        let again = record(given()).await.expect_err("it stands");
        let refusal = again.refusal().expect("a refusal");
        assert_eq!(refusal.code, "ledger.signed_before");
        assert_eq!(refusal.message, "这一步已经按您的签名办成了，没有再办一次");
        let of_it = "SELECT CAST(COUNT(*) AS BIGINT) FROM ledger_acts WHERE kind = $1";
        let count =
            move |r: &store::Reader<'_>| Ok(r.one::<i64>(of_it, &["approvals.granted".into()])?);
        assert_eq!(city.hall.store.read(count).await.expect("a count"), 1);
    });
}

#[test]
fn a_program_signs_what_it_is_given_and_sends_the_same_request_again() {
    each_city(hall::OFFICES, async |city| {
        let no = to_be_decided(&city).await;
        let (approver, key) = approver(&city).await;
        let body = json!({ "verdict": "grant", "reason": "符合法定条件", "ground": "第三十八条" });
        let first = step(&approver, &no, "decide", body.clone()).await.expect(428);
        let asked = first.json();
        assert_eq!(asked["error"]["code"], "ledger.unsigned");
        let text: Value = serde_json::from_str(asked["signing"]["text"].as_str().unwrap()).unwrap();
        assert_eq!(text["kind"], "approvals.granted");
        assert_eq!(text["content"]["no"], no);
        // Another body under the same token is another decision.
        let (text, token) = asked_to_sign(&first).expect("what is to be signed");
        let mut other = body.clone();
        other["reason"] = "另一个理由".into();
        let swapped = Request::post(format!("/api/v1/cases/{no}/decide"))
            .header("content-type", "application/json")
            .header("cityhall-signing", token)
            .header("cityhall-signature", BASE64.encode(&key.sign(text.as_bytes())))
            .body(Body::from(other.to_string()))
            .expect("a request");
        let refused = approver.ask(swapped).await.expect(409);
        assert_eq!(refused.json()["error"]["code"], "frame.signing_other_content");
        refused.says("提交的内容和请您签名的时候不一样");
        assert_eq!(unfit(&city).await, ["frame.signing_other_content"]);
        let signing = city.client("approver").await;
        step(&signing, &no, "decide", body).await.expect(200);
        assert!(verdict(&city, &receipt(&city, &no).await).holds());
    });
}

#[test]
fn a_signature_serves_five_minutes_one_session_and_one_address() {
    each_city(hall::OFFICES, async |city| {
        let no = to_be_decided(&city).await;
        let (approver, key) = approver(&city).await;
        let path = format!("/desk/cases/{no}/grant");
        let asked = decides(&approver, &no).await.expect(428);
        let elsewhere = city.client("approver").await.signing(None);
        let other = signs(&elsewhere, &path, &asked, &key).await.expect(409);
        other.says("不是在这次登录里打开的");
        let deny = format!("/desk/cases/{no}/deny");
        signs(&approver, &deny, &asked, &key).await.expect(409).says("是为另一步做的");
        let mut text = asked_to_sign(&asked).expect("asked");
        text.1.replace_range(40..41, if &text.1[40..41] == "A" { "B" } else { "A" });
        let form = [("signing", text.1.as_str()), ("signature", "")];
        approver.post(&path, &form).await.expect(409).says("不完整，或者被改动过");
        city.clock.pass_seconds(301);
        signs(&approver, &path, &asked, &key).await.expect(409).says("这次签名已经过期");
        let told = [
            "frame.signing_elsewhere",
            "frame.signing_other_step",
            "frame.damaged_signing",
            "frame.stale_signing",
        ];
        assert_eq!(unfit(&city).await, told, "each is on record as what it was");
        // Begun anew it goes its way, and a little later than it was asked for.
        let asked = decides(&approver, &no).await.expect(428);
        city.clock.pass_seconds(299);
        signs(&approver, &path, &asked, &key).await.expect(303);
    });
}

#[test]
fn a_signature_is_of_one_decision_and_a_clock_may_be_a_little_behind() {
    each_city(hall::OFFICES, async |city| {
        let (one, other) = (to_be_decided(&city).await, another_to_be_decided(&city).await);
        let (approver, key) = approver(&city).await;
        let (first, second) = (
            decides(&approver, &one).await.expect(428),
            decides(&approver, &other).await.expect(428),
        );
        let (text, _) = asked_to_sign(&first).expect("what is to be signed");
        let (_, token) = asked_to_sign(&second).expect("a token");
        let signature = BASE64.encode(&key.sign(text.as_bytes()));
        let swapped = [("signing", token.as_str()), ("signature", signature.as_str())];
        let path = format!("/desk/cases/{other}/grant");
        approver.post(&path, &swapped).await.expect(428).says("这不是用您登记的证书");
        // The process that takes the signature has another clock than the one that asked for it.
        city.clock.pass_seconds(-2);
        signs(&approver, &path, &second, &key).await.expect(303);
        city.clock.pass_seconds(-60);
        let path = format!("/desk/cases/{one}/grant");
        signs(&approver, &path, &first, &key).await.expect(409).says("已经过期");
    });
}

#[test]
fn what_changed_before_it_was_signed_is_shown_and_signed_again() {
    each_city(hall::OFFICES, async |city| {
        let no = to_be_decided(&city).await;
        let (approver, key) = approver(&city).await;
        let path = format!("/desk/cases/{no}/grant");
        let asked = decides(&approver, &no).await.expect(428);
        // Meanwhile the organ is called otherwise: the act would name it so.
        city.organ("ezhou-gjj", Some("ezhou"), "鄂州市住房公积金管理中心（新）", "035").await;
        let changed = signs(&approver, &path, &asked, &key).await.expect(428);
        changed.says("情况已有变化，请重新确认").says("管理中心（新）");
        signs(&approver, &path, &changed, &key).await.expect(303);
        let receipt = receipt(&city, &no).await;
        assert_eq!(receipt["act"]["who"]["organ_name"], "鄂州市住房公积金管理中心（新）");
        assert!(verdict(&city, &receipt).holds());
        // Of two who decide the second is told who was first, signed or not.
        decides(&approver, &no).await.expect(422);
    });
}

#[test]
fn who_has_no_certificate_or_a_revoked_one_decides_nothing() {
    each_city(hall::OFFICES, async |city| {
        let no = to_be_decided(&city).await;
        let (approver, key) = approver(&city).await;
        let account = city.actor("approver").await.person().expect("a person").account;
        let asked = decides(&approver, &no).await.expect(428);
        let signers = move |r: &store::Reader<'_>| access::signers_of(r, account);
        let held = city.hall.store.read(signers).await.expect("read").remove(0);
        let serial = seal::cert::Certificate::read(&held.certificate).expect("read").serial();
        let now = city.now();
        let revoked = [Revoked { serial, at: now, reason: Reason::KeyCompromise }];
        let list = authority().list(1, now, now.plus_seconds(86_400), &revoked).expect("a list");
        let put = move |tx: &store::Tx<'_>| {
            access::put_list(tx, &access::clockwork("test"), &list).map(|_| ())
        };
        city.hall.write(put).await.expect("the list is taken in");
        let path = format!("/desk/cases/{no}/grant");
        signs(&approver, &path, &asked, &key).await.expect(422).says("吊销");
        decides(&approver, &no).await.expect(422).says("吊销").says("签名证书");
        let end = move |tx: &store::Tx<'_>| access::end_all_signers(tx, account);
        city.hall.write(end).await.expect("ended");
        decides(&approver, &no).await.expect(422).says("您还没有登记证书");
    });
}

#[test]
fn a_certificate_that_has_ended_decides_nothing() {
    each_city(hall::OFFICES, async |city| {
        let no = to_be_decided(&city).await;
        let account = city.actor("approver").await.person().expect("a person").account;
        let (key, now) = (SigningKey::generate(), city.now());
        let issue = Issue {
            serial: Serial::mint(),
            subject: &Subject::named("赵局"),
            key: &key.public(),
            profile: Profile::Signature,
            from: now.plus_seconds(-60),
            until: now.plus_seconds(60),
            list: None,
            ocsp: None,
        };
        let certificate = authority().issue(&issue).expect("a certificate").der().to_vec();
        let (id, name) = (Id::mint(now), "今天到期".into());
        let (signer, point) =
            (Signer { id, account, name, certificate, created_at: now }, key.public().to_bytes());
        let put = move |tx: &store::Tx<'_>| {
            access::end_all_signers(tx, account)?;
            access::add_signer(tx, &access::clockwork("test"), &signer, &point)
        };
        city.hall.write(put).await.expect("the certificate is on record");
        let (approver, _) = approver(&city).await;
        let before = state(&city, &no).await;
        let asked = decides(&approver, &no).await.expect(428);
        city.clock.pass_seconds(120);
        let path = format!("/desk/cases/{no}/grant");
        signs(&approver, &path, &asked, &key).await.expect(422).says("证书已经过期");
        decides(&approver, &no).await.expect(422).says("证书已经过期").says("签名证书");
        assert_eq!(state(&city, &no).await, before);
    });
}

#[test]
fn a_decision_with_more_than_can_be_signed_is_refused_in_words() {
    each_city(hall::OFFICES, async |city| {
        let no = to_be_decided(&city).await;
        let (approver, _) = approver(&city).await;
        let before = state(&city, &no).await;
        let much = "x".repeat(300 << 10);
        let form = [&FORM[..], &[("nothing", much.as_str())]].concat();
        let refused = approver.post(&format!("/desk/cases/{no}/grant"), &form).await;
        refused.expect(422).says("不能在这一步签名");
        assert_eq!(state(&city, &no).await, before);
    });
}

#[test]
fn signatures_that_change_places_are_found_and_hold_for_neither_act() {
    each_city(hall::OFFICES, async |city| {
        let (one, other) = (to_be_decided(&city).await, another_to_be_decided(&city).await);
        let approver = city.client("approver").await;
        for no in [&one, &other] {
            decides(&approver, no).await.expect(303);
        }
        let (first, second) = (receipt(&city, &one).await, receipt(&city, &other).await);
        assert!(verdict(&city, &first).holds() && verdict(&city, &second).holds());
        let mut mixed = first.clone();
        mixed["signed"] = second["signed"].clone();
        let told = verdict(&city, &mixed);
        let words = "本人签名：签名与内容不符";
        assert!(told.checks.iter().any(|check| check.words == words), "{told:?}");
        let key = city.hall.keys.log_key().public();
        let whole = ledger::audit(&city.hall.ledger, &key).await.expect("audited");
        assert_eq!((whole.signed, whole.wrong.as_slice()), (2, [].as_slice()));
        let acts =
            [&first, &second].map(|receipt| receipt["act"]["id"].as_str().unwrap().to_owned());
        let exchange = move |tx: &store::Tx<'_>| {
            testkit::database::unguard(tx)?;
            let [a, b] = &acts;
            let name = "UPDATE ledger_signatures SET act_id = $1 WHERE act_id = $2";
            for (to, from) in [("between", a.as_str()), (a, b.as_str()), (b, "between")] {
                assert_eq!(tx.run(name, &[to.into(), from.into()])?, 1);
            }
            Ok(())
        };
        city.hall.write(exchange).await.expect("exchanged");
        let found = ledger::audit(&city.hall.ledger, &key).await.expect("audited").wrong;
        let told = |words: &str| found.iter().filter(|line| line.contains(words)).count();
        assert_eq!(told("本人签名：签名与内容不符"), 2, "{found:?}");
        assert_eq!(told("与登记承诺不符"), 2, "{found:?}");
    });
}

#[test]
fn a_signature_that_is_lost_from_the_database_is_found_missing() {
    each_city(hall::OFFICES, async |city| {
        let no = to_be_decided(&city).await;
        decides(&city.client("approver").await, &no).await.expect(303);
        city.settle().await;
        let key = city.hall.keys.log_key().public();
        let whole = ledger::audit(&city.hall.ledger, &key).await.expect("audited");
        assert_eq!((whole.signed, whole.wrong.as_slice()), (1, [].as_slice()));
        let lost = |tx: &store::Tx<'_>| {
            testkit::database::unguard(tx)?;
            Ok(tx.run("DELETE FROM ledger_signatures", &[])?)
        };
        city.hall.write(lost).await.expect("lost");
        let found = ledger::audit(&city.hall.ledger, &key).await.expect("audited").wrong;
        assert!(found.iter().any(|words| words.contains("应有本人签名")), "{found:?}");
        assert!(found.iter().any(|words| words.contains("与登记承诺不符")), "{found:?}");
    });
}

#[test]
fn an_act_of_a_person_is_recorded_by_no_write_past_the_ledger() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let actor = city.actor("approver").await;
        let account = actor.person().expect("a person").account.to_string();
        let who = ledger::Who { account: Some(account), ..ledger::Who::clockwork() };
        let act = ledger::Act::new(city.now(), "approvals.granted", "case", "1");
        let (by, told) = (who.clone(), act.clone());
        let past = move |tx: &store::Tx<'_>| ledger::record(tx, &by, &told);
        let stop = city.hall.store.write(past).await.expect_err("a fault");
        assert!(stop.refusal().is_none(), "{stop}");
        let unsigned = move |tx: &store::Tx<'_>| ledger::record(tx, &who, &act);
        let stop = city.hall.write(unsigned).await.expect_err("a refusal");
        assert_eq!(stop.refusal().map(|refusal| refusal.code), Some("access.cannot_sign"));
    });
}

/// The verifier that docs/ledger-format.md writes out.
fn outsider(city: &City, receipt: &str) -> String {
    let doc = include_str!("../../../docs/ledger-format.md");
    let (_, script) = doc.split_once("```python\n").expect("a verifier");
    let (script, _) = script.split_once("```").expect("its end");
    let put = |name: &str, text: &str| {
        let path = city.folder().join(name);
        std::fs::write(&path, text).expect("a file");
        path
    };
    let key = city.hall.keys.log_key().public().to_pem().expect("a key");
    let files = [put("verify.py", script), put("receipt.json", receipt), put("log.pub.pem", &key)];
    let ran = std::process::Command::new("python3").args(files).output().expect("python3 runs");
    let complained = String::from_utf8_lossy(&ran.stderr);
    assert!(complained.is_empty(), "{complained}");
    String::from_utf8_lossy(&ran.stdout).trim().to_owned()
}

#[test]
fn an_outsider_checks_the_signature_by_the_format_alone() {
    each_city(hall::OFFICES, async |city| {
        let no = to_be_decided(&city).await;
        decides(&city.client("approver").await, &no).await.expect(303);
        let whole: ledger::Receipt =
            serde_json::from_value(receipt(&city, &no).await).expect("a receipt");
        assert_eq!(outsider(&city, &whole.to_file().expect("a file")), "yes");
        let mut bare = whole.clone();
        bare.signed = None;
        assert_eq!(outsider(&city, &bare.to_file().expect("a file")), "no");
        let mut other = whole;
        let twin = city.signing_key("approver").await.expect("a key").sign(b"something else");
        if let Some(signed) = &mut other.signed {
            signed.signature = data_encoding::HEXLOWER.encode(&twin);
        }
        assert_eq!(outsider(&city, &other.to_file().expect("a file")), "no");
    });
}

#[test]
fn who_vouches_for_a_signature_is_judged_by_the_authorities_that_are_given() {
    each_city(hall::OFFICES, async |city| {
        let no = to_be_decided(&city).await;
        city.account("watcher", "冯岩", "auditor", "ezhou").await;
        city.account("warden", "郑洁", "secadmin", "ezhou").await;
        decides(&city.client("approver").await, &no).await.expect(303);
        let whole: ledger::Receipt =
            serde_json::from_value(receipt(&city, &no).await).expect("a receipt");
        let put = |name: &str, text: &str| {
            let path = city.folder().join(name);
            std::fs::write(&path, text).expect("a file");
            path.display().to_string()
        };
        let file = put("receipt.json", &whole.to_file().expect("a file"));
        let key = put("log.pem", &city.hall.keys.log_key().public().to_pem().expect("a key"));
        let published = city.visitor().get("/log/authorities").await.expect(200);
        let published = put("authorities.pem", &published.text);
        let stranger = SigningKey::generate();
        let years = (city.now().plus_seconds(-86_400), city.now().plus_seconds(86_400));
        let name = Subject::named("别处的机构");
        let other = seal::cert::Authority::found(&name, stranger, Serial::mint(), years.0, years.1);
        let other = other.expect("an authority").certificate().to_pem().expect("PEM");
        let other = put("other.pem", &other);
        let verify = |what: &str, file: &str, trust: &[&str]| {
            let mut line = vec!["verify", what, file, "--key", key.as_str()];
            trust.iter().for_each(|file| line.extend(["--trust", file]));
            crate::program::cityhall(&line, city.folder())
        };
        let open = well(&verify("receipt", &file, &[]));
        assert!(open.contains("△ 本人签名：没有给出信任的签发机构"), "{open}");
        for trust in [&[published.as_str()][..], &[published.as_str(), other.as_str()]] {
            let good = well(&verify("receipt", &file, trust));
            assert!(!good.contains('△') && good.contains("本人签名有效"), "{good}");
        }
        let bad = badly(&verify("receipt", &file, &[&other]));
        assert!(bad.contains("不在给出的名单里"), "{bad}");
        let none = put("none.pem", "这里什么都没有");
        assert!(badly(&verify("receipt", &file, &[&none])).contains("里面没有 PEM"));
        // An export says the same of each of its acts.
        city.settle().await;
        city.clock.pass_seconds(60);
        let export = crate::exports::acts_taken_out(&city, ("act", "approvals.granted")).await;
        let export = put("export.jsonl", &export);
        let open = well(&verify("export", &export, &[]));
        assert!(open.contains("△ 1 条的本人签名：没有给出"), "{open}");
        let good = well(&verify("export", &export, &[&published]));
        assert!(!good.contains('△'), "{good}");
        assert!(badly(&verify("export", &export, &[&other])).contains("第 2 行"));
    });
}

#[test]
fn what_was_signed_under_an_authority_that_has_ended_is_judged_as_of_its_day() {
    each_city(hall::OFFICES, async |city| {
        let no = to_be_decided(&city).await;
        city.account("warden", "郑洁", "secadmin", "ezhou").await;
        decides(&city.client("approver").await, &no).await.expect(303);
        let whole: ledger::Receipt =
            serde_json::from_value(receipt(&city, &no).await).expect("a receipt");
        city.clock.pass_seconds(3_600);
        let warden = city.client("warden").await;
        let ended = access::fingerprint_of(authority().certificate());
        warden.post(&format!("/desk/authorities/{ended}/end"), &[]).await.expect(303);
        city.clock.pass_seconds(3_600);
        let published = city.visitor().get("/log/authorities").await.expect(200).text;
        assert_eq!(published.matches("cityhall-trusted: ").count(), 1, "{published}");
        let put = |name: &str, text: &str| {
            let path = city.folder().join(name);
            std::fs::write(&path, text).expect("a file");
            path.display().to_string()
        };
        let file = put("receipt.json", &whole.to_file().expect("a file"));
        let key = put("log.pem", &city.hall.keys.log_key().public().to_pem().expect("a key"));
        let verify = |trust: &str| {
            let trust = put("authorities.pem", trust);
            let line = ["verify", "receipt", &file, "--key", &key, "--trust", &trust];
            crate::program::cityhall(&line, city.folder())
        };
        let good = well(&verify(&published));
        assert!(good.contains("本人签名有效") && !good.contains('△'), "{good}");
        // Had it ended before that day, the signature would not count.
        let line =
            published.lines().find(|line| line.starts_with("cityhall-trusted")).expect("a line");
        let earlier = published.replace(line, "cityhall-trusted: 0 1000");
        let bad = badly(&verify(&earlier));
        assert!(bad.contains("不受本市信任"), "{bad}");
        assert!(
            badly(&verify(&published.replace(line, "cityhall-trusted: x"))).contains("写得不对")
        );
        // Other programs read the certificate and pass the line over.
        let other = std::process::Command::new("openssl")
            .args(["x509", "-noout", "-subject", "-in"])
            .arg(put("authorities.pem", &published))
            .output()
            .expect("openssl runs");
        assert!(other.status.success());
    });
}

#[test]
fn the_kinds_that_are_signed_are_kinds_of_their_office() {
    for office in hall::OFFICES {
        for kind in office.decisive {
            assert!(office.acts.iter().any(|act| act.name == *kind), "{kind} is no act");
        }
    }
}
