//! Where a system sends people to sign in, and from where they go back to it with a code.

use access::{Kind, Person};
use axum::extract::RawQuery;
use axum::response::Response;
use base::{Id, Moment, Outcome, Refusal, RefusalKind};
use data_encoding::BASE64URL_NOPAD;
use frame::parts::{Button, Heading, NoticeKind, button_row, hidden, notice, post_form};
use frame::serve::see_other;
use frame::{ActCx, Cx, Filled, Problem, Reply, page};
use maud::html;
use serde::Deserialize;

use super::{going_on, told};
use crate::acts;
use crate::pages::sign_in::without_session;
use crate::rules::openid::{AFTER, Parameters, answer_at, is_fresh, is_registered, read_request};
use crate::store::openid as rows;
use crate::terms::openid::{Asked, Client, Wrong};

/// So long a mark counts that somebody was told to sign in: nobody takes longer to sign in, and an address that was kept is no way round the wish.
const AFTER_SECONDS: i64 = 3_600;

/// A request whose client and address are right.
struct Request {
    client: Client,
    parameters: Parameters,
    redirect: String,
}

/// `GET /openid/authorize`
pub(crate) async fn ask(cx: Cx, RawQuery(query): RawQuery) -> Reply {
    let request = request_of(&cx, &query.unwrap_or_default()).await?;
    let asked = match read_request(&request.parameters, &request.client) {
        Ok(asked) => asked,
        Err(wrong) => return Ok(see_other(&refused(&cx, &request, &wrong))),
    };
    let Some(person) = cx.person() else {
        return Ok(match asked.prompt.none {
            true => see_other(&refused(&cx, &request, &LOGIN_REQUIRED)),
            false => see_other(&sign_in_first(&cx, &request)),
        });
    };
    if let (Some(owed), false) = (person.standing.owed(), asked.prompt.none) {
        // The password is old, or a second factor is missing: that comes first.
        return Err(access::owing(owed).into());
    }
    match standing_of(&cx, &request, &asked, person).await? {
        Stands::Ready => Ok(see_other(&answered(&cx, &request, &asked, person)?)),
        stands if asked.prompt.none => Ok(see_other(&refused(&cx, &request, &stands.silently()))),
        Stands::Stale => Ok(again_page(&cx, &request)),
        Stands::OtherKind => Ok(other_kind_page(&cx, &request)),
        Stands::Unasked => Ok(consent_page(&cx, &request, &asked, person)),
    }
}

const LOGIN_REQUIRED: Wrong = Wrong { error: "login_required", description: "nobody is signed in" };

/// How the person stands to what is asked.
enum Stands {
    /// A code can be given.
    Ready,
    /// The sign-in is too old, or another is wanted.
    Stale,
    /// The system signs in others.
    OtherKind,
    /// The citizen has not agreed yet.
    Unasked,
}

impl Stands {
    /// The error where nothing may be shown.
    fn silently(&self) -> Wrong {
        match self {
            Stands::Ready | Stands::Stale => LOGIN_REQUIRED,
            Stands::OtherKind => OTHER_KIND,
            Stands::Unasked => {
                Wrong { error: "consent_required", description: "the person has not agreed yet" }
            }
        }
    }
}

const OTHER_KIND: Wrong =
    Wrong { error: "access_denied", description: "the client does not sign in such accounts" };

async fn standing_of(
    cx: &Cx,
    request: &Request,
    asked: &Asked,
    person: &Person,
) -> Outcome<Stands> {
    if !request.client.holders.includes(person.kind) {
        return Ok(Stands::OtherKind);
    }
    let (session, now, account, client) =
        (person.session, cx.now(), person.account, request.client.id);
    let (sign_in, consent) = cx
        .read(move |r| {
            Ok((access::sign_in_of(r, session, now)?, rows::consent(r, account, client)?))
        })
        .await?;
    // Who owes something here is nobody there yet.
    if person.standing.owed().is_some() {
        return Ok(Stands::Stale);
    }
    let since = since_of(cx, request);
    if !sign_in.is_some_and(|sign_in| is_fresh(asked, sign_in.at, since, now)) {
        return Ok(Stands::Stale);
    }
    // Staff are told by the two people who agreed to the system; citizens decide for themselves.
    let agreed = person.kind == Kind::Staff
        || !asked.prompt.consent
            && consent.is_some_and(|consent| {
                asked.scopes.iter().all(|scope| consent.scopes.contains(scope))
            });
    Ok(if agreed { Stands::Ready } else { Stands::Unasked })
}

/// The client and the address of a request. What is wrong with these is said here, and never sent on.
async fn request_of(cx: &Cx, query: &str) -> Result<Request, Problem> {
    let parameters = Parameters::read(query);
    if parameters.is_too_long() {
        let words = "要登录的系统发来的请求太长，没有读完，也没有前往";
        return Err(refuse("identity.request_too_long", words).into());
    }
    let id: Option<Id<Client>> = parameters.only("client_id").and_then(|id| id.parse().ok());
    let now = cx.now();
    let client = match id {
        Some(id) => cx.read(move |r| acts::openid::standing(r, id, now)).await?,
        None => None,
    };
    let client = client.ok_or_else(|| {
        refuse("identity.unknown_client", "要登录的系统没有在这里登记，或者已经停用、到期")
    })?;
    let redirect = parameters.only("redirect_uri").unwrap_or_default().to_owned();
    if !is_registered(&client.redirects, &redirect) {
        let words = format!("“{}”要您回去的地址没有登记，没有前往", client.name);
        return Err(refuse("identity.unknown_redirect", &words).into());
    }
    Ok(Request { client, parameters, redirect })
}

fn refuse(code: &'static str, words: &str) -> Refusal {
    Refusal::new(RefusalKind::Conflict, code, words)
        .remedy("请从原来的系统重新登录；还是这样的，请告诉那个系统的管理人员")
}

/// The address that tells the client what is wrong.
fn refused(cx: &Cx, request: &Request, wrong: &Wrong) -> String {
    let mut told = vec![("error", wrong.error), ("error_description", wrong.description)];
    told.extend(request.parameters.only("state").map(|state| ("state", state)));
    told.push(("iss", &cx.hall().city.url));
    answer_at(&request.redirect, &told)
}

/// The address that takes the code to the client.
fn answered(cx: &Cx, request: &Request, asked: &Asked, person: &Person) -> Outcome<String> {
    let code = acts::openid::code_for(cx, &request.client, asked, person)?;
    let mut told = vec![("code", code.as_str())];
    told.extend(asked.state.as_deref().map(|state| ("state", state)));
    told.push(("iss", &cx.hall().city.url));
    Ok(answer_at(&request.redirect, &told))
}

/// The sign-in page, which leads back to the request.
fn sign_in_first(cx: &Cx, request: &Request) -> String {
    let text = format!("{} {}", request.client.id, cx.now().millis());
    let mark = BASE64URL_NOPAD.encode(&cx.hall().keys.seal(AFTER, text.as_bytes()));
    let next = format!("/openid/authorize?{}", request.parameters.with(AFTER, &mark));
    format!("/sign-in?next={}", frame::held::query_escape(&next))
}

/// When the person was told to sign in for this client, if it was so.
fn since_of(cx: &Cx, request: &Request) -> Option<Moment> {
    let sealed = BASE64URL_NOPAD.decode(request.parameters.only(AFTER)?.as_bytes()).ok()?;
    let text = String::from_utf8(cx.hall().keys.unseal(AFTER, &sealed).ok()?).ok()?;
    let (client, millis) = text.split_once(' ')?;
    let since = Moment::from_millis(millis.parse().ok()?);
    let ours = client == request.client.id.to_string();
    let lasts = since <= cx.now() && cx.now() <= since.plus_seconds(AFTER_SECONDS);
    (ours && lasts).then_some(since)
}

/// What the forms of these pages send.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Decided {
    request: String,
    answer: String,
}

fn carried(request: &Request) -> maud::Markup {
    hidden("request", &request.parameters.with("client_id", &request.client.id.to_string()))
}

fn again_page(cx: &Cx, request: &Request) -> Response {
    let name = &request.client.name;
    let body = html! {
        (Heading::new("请重新登录").lead(format!("“{name}”要求您重新登录一次，确认是您本人。")))
        (post_form("/openid/again", None, html! {
            (carried(request))
            (button_row(html! { (Button::new("重新登录")) }))
        }))
        p { a href=(refused(cx, request, &LOGIN_REQUIRED)) { "不登录了，回到" (name) } }
    };
    page::site(cx, "请重新登录", &[], body)
}

fn other_kind_page(cx: &Cx, request: &Request) -> Response {
    let (name, whom) = (&request.client.name, request.client.holders.title());
    let body = html! {
        (Heading::new("这个账户不能登录那个系统")
            .lead(format!("“{name}”只供{whom}登录。")))
        (post_form("/openid/again", None, html! {
            (carried(request))
            (button_row(html! { (Button::new("换一个账户登录")) }))
        }))
        p { a href=(refused(cx, request, &OTHER_KIND)) { "不登录了，回到" (name) } }
    };
    page::site(cx, "这个账户不能登录", &[], body)
}

fn consent_page(cx: &Cx, request: &Request, asked: &Asked, person: &Person) -> Response {
    let client = &request.client;
    let body = html! {
        (Heading::new(format!("用本站账户登录“{}”", client.name))
            .lead(format!("这个系统由{}负责。您同意以后，本站告诉它：", client.organ_name)))
        (told(&asked.scopes, person.kind))
        (notice(NoticeKind::Info, "密码不会告诉它", html! {
            p { "以后可以在“我的账户 · 授权的系统”里查看，随时收回。" }
        }))
        (post_form("/openid/consent", None, html! {
            (carried(request))
            (button_row(html! {
                (Button::new("同意并登录").says("answer", "yes"))
                (Button::secondary("不同意").says("answer", "no"))
            }))
        }))
        p { "当前账户：" (person.name) "（" (person.login) "）" }
    };
    page::site(cx, "登录其他系统", &[], body)
}

/// `POST /openid/consent`
pub(crate) async fn decide(cx: ActCx, Filled(form): Filled<Decided>) -> Reply {
    let request = request_of(&cx, &form.request).await?;
    let title = format!("正在回到“{}”", request.client.name);
    let asked = match read_request(&request.parameters, &request.client) {
        Ok(asked) => asked,
        Err(wrong) => return Ok(going_on(&cx, &title, &refused(&cx, &request, &wrong))?),
    };
    if form.answer != "yes" {
        let wrong = Wrong { error: "access_denied", description: "the person does not agree" };
        return Ok(going_on(&cx, &title, &refused(&cx, &request, &wrong))?);
    }
    let person = cx.signed_in()?;
    match standing_of(&cx, &request, &asked, person).await? {
        Stands::Stale => return Ok(again_page(&cx, &request)),
        Stands::OtherKind => return Ok(other_kind_page(&cx, &request)),
        Stands::Unasked => {
            acts::openid::give_consent(&cx, request.client.id, &asked.scopes).await?;
        }
        Stands::Ready => {}
    }
    Ok(going_on(&cx, &title, &answered(&cx, &request, &asked, person)?)?)
}

/// `POST /openid/again`
pub(crate) async fn again(cx: ActCx, Filled(form): Filled<Decided>) -> Reply {
    let request = request_of(&cx, &form.request).await?;
    acts::sign_out(&cx).await?;
    Ok(without_session(&cx, see_other(&sign_in_first(&cx, &request)))?)
}
