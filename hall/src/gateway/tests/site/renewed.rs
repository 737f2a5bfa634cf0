//! Certificates are exchanged, here and elsewhere, while messages are under way.

use super::*;

/// The site of a folder, once whoever had it has let its store go: that comes a moment after it is dropped.
async fn opened_again(home: &Path, clock: &FixedClock) -> Arc<Site> {
    for _ in 0..400 {
        let config = Config::read(&home.join("gateway.toml")).unwrap();
        match Site::open(config, Arc::new(clock.clone())) {
            Err(base::Stop::Refused(refusal)) if refusal.code == "store.locked" => {}
            opened => return opened.unwrap(),
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("its store is not let go");
}

fn item(message: Message) -> Item {
    Item { message, terms: None }
}

impl Scene {
    /// The directory of the centre as it is now.
    fn learn(&self, health: Value, own: Value) {
        let told = json!({
            "centre": self.centre.told(exchange::CENTRE), "gateways": [health, own],
        });
        let told = serde_json::from_value(told).unwrap();
        let authority = self.authority.certificate();
        self.site.turn_to(Book::read(told, authority, self.site.now()).unwrap());
    }

    /// What the next acknowledgement says.
    fn acknowledged(&self) -> Value {
        let ack = self.out().remove(0);
        let keys = vec![(self.centre.sealing.fingerprint(), self.centre.sealing_key.clone())];
        let plain = Opener::new(keys).open(ack.header(), ack.body()).unwrap();
        self.said(vec![ack], "taken", "", None);
        serde_json::from_slice(&plain).unwrap()
    }
}

fn told(party: &Party, organ: &str, former: &[(&Certificate, Moment)]) -> Value {
    let former = former.iter().map(|(signing, until)| {
        json!({ "signing": BASE64.encode(signing.der()), "until": until.millis() })
    });
    let mut told = party.told(organ);
    told["former"] = former.collect();
    told
}

#[tokio::test]
async fn what_the_centre_puts_off_for_its_certificate_waits_here_and_is_said() {
    let scene = scene();
    let asked = scene.ask().await;
    for (state, code) in
        [("later", "exchange.other_certificate"), ("refused", "exchange.certificate_expired")]
    {
        let sent = scene.out();
        assert_eq!(sent[0].header().id, asked, "it is sent again");
        scene.said(sent, state, code, None);
        assert_eq!(scene.told(asked).await, Value::Null, "nothing is settled");
        let said = warnings(&scene.site.standing(), scene.site.now()).join(" ");
        assert!(said.contains("中心暂不受理本网关的消息：中心的话"), "{said}");
        scene.clock.pass_seconds(5);
    }
    let sent = scene.out();
    scene.said(sent, "stored", "", None);
    let said = warnings(&scene.site.standing(), scene.site.now()).join(" ");
    assert!(!said.contains("暂不受理"), "{said}");
}

#[tokio::test]
async fn what_another_gateway_signed_before_its_certificate_was_exchanged_is_taken() {
    let scene = scene();
    let now = scene.site.now();
    let ends = now.plus_seconds(3_600);
    let old = Party::until(&scene.authority, "wjw", (now, ends));
    let body = json!({ "n": 1 });
    let before = old.sign(from_health(now, None), &scene.own, &body);
    let after = old.sign(
        Draft {
            at: ends.plus_seconds(60),
            expires: ends.plus_seconds(9_000),
            ..from_health(now, None)
        },
        &scene.own,
        &body,
    );
    let new = scene.health.sign(from_health(now, None), &scene.own, &body);
    let (first, last) = (before.header().id, after.header().id);
    let own = scene.centre.told("ezhou-zjj");
    // It comes while the directory does not name the new certificate yet.
    let strange = Party::new(&scene.authority, "wjw", now);
    let early = strange.sign(from_health(now, None), &scene.own, &body);
    receive::take(&scene.site, vec![item(early)], now).unwrap();
    let said = scene.acknowledged();
    assert_eq!((&said["taken"], &said["rejected"]), (&json!([]), &json!([])), "it comes again");
    // The certificate ended while its last message was on its way; one that it signs afterwards does not hold.
    scene.learn(told(&scene.health, "ezhou-wjw", &[(&old.signing, ends)]), own.clone());
    let later = ends.plus_seconds(120);
    scene.clock.pass_seconds(3_720);
    let before = Item { message: before, terms: None };
    let long = old.sign(
        Draft { expires: now.plus_seconds(86_400), ..from_health(now, None) },
        &scene.own,
        &body,
    );
    let lasting = long.header().id;
    receive::take(&scene.site, vec![before, item(long), item(after), item(new.clone())], later)
        .unwrap();
    let said = scene.acknowledged();
    let rejected: Vec<&Value> =
        said["rejected"].as_array().unwrap().iter().map(|one| &one["id"]).collect();
    assert!(said["taken"].as_array().unwrap().contains(&json!(lasting.to_string())), "{said}");
    assert!(rejected.contains(&&json!(last.to_string())), "{said}");
    assert!(said.to_string().contains("证书已经过期"), "{said}");
    assert!(rejected.contains(&&json!(first.to_string())), "its own time was over: {said}");
    // One that has not ended serves for a week after the centre took in the last message by it, and no longer.
    scene.learn(told(&scene.health, "ezhou-wjw", &[(&strange.signing, ends)]), own);
    let by_strange = |now| strange.sign(from_health(now, None), &scene.own, &body);
    receive::take(&scene.site, vec![item(by_strange(later))], later).unwrap();
    assert_eq!(scene.acknowledged()["taken"].as_array().unwrap().len(), 1);
    scene.clock.pass_seconds(8 * 86_400);
    let week = scene.site.now();
    receive::take(&scene.site, vec![item(by_strange(week))], week).unwrap();
    let said = scene.acknowledged();
    assert_eq!((&said["taken"], &said["rejected"]), (&json!([]), &json!([])), "{said}");
}

#[tokio::test]
async fn a_new_key_for_opening_leaves_what_was_sealed_for_the_old_one_readable() {
    let scene = scene();
    let now = scene.site.now();
    let body = json!({ "n": 1 });
    let (kept, under_way) = (from_health(now, None), from_health(now, None));
    let kept = scene.health.sign(kept, &scene.own, &body);
    let under_way = scene.health.sign(under_way, &scene.own, &body);
    receive::take(&scene.site, vec![item(kept)], now).unwrap();
    scene.acknowledged();
    let Scene { site, clock, own, health, centre, authority, home } = scene;
    drop(site);
    for name in ["sealing.pem", "sealing.crt"] {
        std::fs::rename(home.path().join(name), home.path().join(format!("old-{name}"))).unwrap();
    }
    let new = Party::new(&authority, "zjj", now);
    lay(home.path(), &new, &authority);
    // Somebody has forgotten the old key: what was sealed for it waits at the centre, and is said.
    let site = opened_again(home.path(), &clock).await;
    let scene = Scene { site, clock, own, health, centre, authority, home };
    receive::take(&scene.site, vec![item(under_way.clone())], now).unwrap();
    let said = scene.acknowledged();
    assert_eq!((&said["taken"], &said["rejected"]), (&json!([]), &json!([])), "{said}");
    let warned = warnings(&scene.site.standing(), now).join(" ");
    assert!(warned.contains("[keys] 的 previous"), "{warned}");
    let inbox = local::inbox(&scene.site, 10).await.unwrap();
    assert_eq!(inbox[0]["kind"], "unreadable");
    let Scene { site, clock, own, health, centre, authority, home } = scene;
    drop(site);
    let path = home.path().join("gateway.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let keys = "[keys]\nprevious = [{ sealing = \"old-sealing.pem\", sealing_certificate = \"old-sealing.crt\" }]\n";
    std::fs::write(&path, format!("{text}{keys}")).unwrap();
    clock.pass_seconds(61);
    let site = opened_again(home.path(), &clock).await;
    let scene = Scene { site, clock, own, health, centre, authority, home };
    receive::take(&scene.site, vec![item(under_way)], scene.site.now()).unwrap();
    assert_eq!(scene.acknowledged()["taken"].as_array().unwrap().len(), 1);
    assert_eq!(warnings(&scene.site.standing(), scene.site.now()).join(" "), "");
    let inbox = local::inbox(&scene.site, 10).await.unwrap();
    let kinds: Vec<&Value> = inbox.iter().map(|one| &one["kind"]).collect();
    assert_eq!(kinds, ["publish", "publish"], "{inbox:?}");
    // What is no pair is said when the gateway begins.
    let wrong = text.clone() + &keys.replace("old-sealing.crt", "sealing.crt");
    std::fs::write(&path, wrong).unwrap();
    let opened = Site::open(Config::read(&path).unwrap(), Arc::new(scene.clock.clone()));
    let Err(base::Stop::Refused(refusal)) = opened else { panic!("it opens") };
    assert!(refusal.message.contains("不是一对"), "{}", refusal.message);
}

#[test]
fn a_certificate_that_is_registered_otherwise_is_said_before_anything_is_refused() {
    let scene = scene();
    let now = scene.site.now();
    let said = || warnings(&scene.site.standing(), now).join(" ");
    let party = Party::new(&scene.authority, "zjj", now);
    let health = || told(&scene.health, "ezhou-wjw", &[]);
    let own = scene.site.signing.clone();
    scene.learn(health(), told(&party, "ezhou-zjj", &[(&own, now.plus_seconds(60))]));
    assert!(said().contains("还在用换下的那一张"), "{}", said());
    scene.learn(health(), told(&party, "ezhou-zjj", &[]));
    assert!(said().contains("请到中心登记新证书"), "{}", said());
    let party = Party { signing: own.clone(), ..party };
    scene.learn(health(), told(&party, "ezhou-zjj", &[]));
    assert!(said().contains("加密证书不是"), "{}", said());
    let party = Party { sealing: scene.own.clone(), ..party };
    scene.learn(health(), told(&party, "ezhou-zjj", &[]));
    assert_eq!(said(), "");
}
