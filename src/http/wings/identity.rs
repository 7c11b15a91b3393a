//! The wing of identity: signing in, tokens, oneself, and users.

use actix_web::{HttpRequest, HttpResponse, get, http::header, patch, post, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::{
    http::shell::{
        act::{Acting, Changing, Done, DryRun, IdempotencyKey, IfMatch},
        answer::{Fetched, Resource},
        ask::{Asking, NoQuery, PublicAsking, Reading, id_in},
        authentication::request_id,
        limits,
        listing::Listing,
        paging::{ListResponse, PageQuery},
        parameters::parse_query,
        problem::{Code, Problem},
        registry::Registry,
        routes::Routes,
    },
    identity::{
        self, ACCESS_TOKEN_LIFE, ChangedUser, NewPassword, NewUser, Password, PasswordRefused, Refreshed,
        Role, SessionRefused, SignedIn, TooManyAttempts, User, UserRefused,
    },
    register::{parties, regions},
    storage::Read,
    values::{Faults, Id, RegionCode, Username, id::kind},
};

pub(crate) fn routes(config: &mut impl Routes) {
    config
        .service(sign_in)
        .service(refresh)
        .service(revoke)
        .service(me)
        .service(change_password)
        .service(create)
        .service(list)
        .service(fetch)
        .service(change);
}

impl From<SessionRefused> for Problem {
    fn from(reason: SessionRefused) -> Self {
        match reason {
            SessionRefused::BadCredentials => Self::new(Code::BadCredentials),
            SessionRefused::Unmade => Self::internal(SessionRefused::Unmade),
        }
    }
}

impl From<PasswordRefused> for Problem {
    fn from(reason: PasswordRefused) -> Self {
        match reason {
            PasswordRefused::Unhashed => Self::internal(PasswordRefused::Unhashed),
            PasswordRefused::Session(reason) => reason.into(),
        }
    }
}

impl From<UserRefused> for Problem {
    fn from(reason: UserRefused) -> Self {
        match reason {
            UserRefused::NotFound => Self::new(Code::NotFound),
            UserRefused::NameTaken => Self::new(Code::Conflict).saying(
                "该用户名已被使用，请另取一个。",
                "Somebody has this user name already; choose another.",
            ),
            UserRefused::OnlyAdministrator => Self::new(Code::Conflict).saying(
                "此后将无人能够管理该区域的用户；请先设立另一名管理员。",
                "Nobody would be left who manages the users of this region; make another administrator first.",
            ),
            UserRefused::Outdated => Self::new(Code::PreconditionFailed),
        }
    }
}

/// A user name and its password.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct TokenRequest {
    /// The user name.
    username: Username,
    /// The password.
    #[schema(min_length = 1, max_length = 128, format = Password, example = "seventh goat prefers green tea")]
    password: String,
}

/// A refresh token.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct RefreshRequest {
    /// The refresh token of the last answer; it is good for one use.
    #[schema(min_length = 1, max_length = 128, example = "Vb0e0YQ0mC9M4m2mZk0y2bqJ3v0W9mQx7jC5h1d8s9E")]
    refresh_token: String,
}

/// Tokens of a session.
#[derive(Serialize, ToSchema)]
struct TokenResponse {
    /// A JSON Web Token to send as `Authorization: Bearer …`.
    #[schema(example = "eyJ0eXAiOiJKV1QiLCJhbGciOiJFZERTQSJ9.e30.c2lnbmF0dXJl")]
    access_token: String,
    /// What continues the session once the access token has run out; good for one use.
    #[schema(example = "Vb0e0YQ0mC9M4m2mZk0y2bqJ3v0W9mQx7jC5h1d8s9E")]
    refresh_token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// Seconds for which the access token is valid.
    #[schema(example = 900)]
    expires_in: i64,
}

/// Signs in.
///
/// Attempts are limited for each user name and each address.
#[utoipa::path(tag = "identity", security(()), request_body = TokenRequest, responses(
    (status = 200, description = "Signed in", body = TokenResponse),
    (status = 401, description = "`bad_credentials`: which of the two is wrong is not told")))]
#[post("/v1/tokens")]
async fn sign_in(asked: PublicAsking<TokenRequest>) -> Result<HttpResponse, Problem> {
    let PublicAsking { registry, content, request, .. } = asked;
    admit_attempt(&registry, &content.username, &request)?;
    let password = Password::typed(content.password);
    let turn = registry.hashing.turn().await.map_err(too_many)?;
    let signed_in =
        identity::sign_in(&registry.storage, content.username, password, turn, request_id(&request)).await?;
    tokens(&registry, &signed_in)
}

/// Counts an attempt to give a user's password, or refuses it.
fn admit_attempt(registry: &Registry, username: &str, request: &HttpRequest) -> Result<(), Problem> {
    registry.attempts.admit(username, &limits::address(request)).map_err(too_many)
}

/// Refuses to work on a password now, and says when to try again.
fn too_many(refused: TooManyAttempts) -> Problem {
    let wait = refused.wait.as_secs().saturating_add(1);
    Problem::new(Code::TooManyRequests).header(header::RETRY_AFTER, wait.to_string())
}

/// Continues a session.
///
/// The refresh token presented is used up and another comes back. Presenting one a second time ends the session, but for
/// the first 30 seconds, in which another pair comes back: an answer may have been lost, or two windows refresh at once.
#[utoipa::path(tag = "identity", operation_id = "refresh_tokens", security(()), request_body = RefreshRequest, responses(
    (status = 200, description = "The session goes on", body = TokenResponse),
    (status = 401, description = "`bad_credentials`, `refresh_token_reused`")))]
#[post("/v1/tokens/refresh")]
async fn refresh(asked: PublicAsking<RefreshRequest>) -> Result<HttpResponse, Problem> {
    let PublicAsking { registry, content, request, .. } = asked;
    let request_id = request_id(&request);
    let content = known(&registry, content).await?;
    let refreshed = registry
        .storage
        .write(move |unit| identity::refresh(unit, &content.refresh_token, request_id.clone()))
        .await?;
    match refreshed {
        Refreshed::Continued(signed_in) => tokens(&registry, &signed_in),
        Refreshed::Reused => Err(Problem::new(Code::RefreshTokenReused)),
    }
}

/// Ends a session.
///
/// Neither the refresh token nor any that came from it can be used from then on.
#[utoipa::path(tag = "identity", operation_id = "revoke_tokens", security(()), request_body = RefreshRequest, responses(
    (status = 204, description = "The session has ended"),
    (status = 401, description = "`bad_credentials`")))]
#[post("/v1/tokens/revoke")]
async fn revoke(asked: PublicAsking<RefreshRequest>) -> Result<HttpResponse, Problem> {
    let PublicAsking { registry, content, request, .. } = asked;
    let request_id = request_id(&request);
    let content = known(&registry, content).await?;
    registry
        .storage
        .write(move |unit| identity::sign_out(unit, &content.refresh_token, request_id.clone()))
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Refuses a refresh token that nobody was given.
async fn known(registry: &Registry, presented: RefreshRequest) -> Result<RefreshRequest, Problem> {
    let known = move |unit: &mut Read<'_>| {
        identity::known_refresh_token(unit, &presented.refresh_token)
            .map(|()| presented)
            .map_err(Problem::from)
    };
    registry.storage.read(known).await
}

fn tokens(registry: &Registry, signed_in: &SignedIn) -> Result<HttpResponse, Problem> {
    let now = registry.storage.clock().now();
    let access_token = registry
        .tokens
        .issue(&signed_in.user, now, ACCESS_TOKEN_LIFE)
        .ok_or_else(|| Problem::internal("the signing key cannot sign"))?;
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(TokenResponse {
        access_token,
        refresh_token: signed_in.refresh_token.clone(),
        token_type: "Bearer",
        expires_in: ACCESS_TOKEN_LIFE.num_seconds(),
    }))
}

/// Who the caller is.
#[derive(Serialize, ToSchema)]
struct MeResponse {
    /// The user.
    #[schema(value_type = uuid::Uuid)]
    id: Id<kind::User>,
    /// The name under which the user signs in.
    #[schema(example = "officer")]
    username: String,
    /// What the user is.
    roles: Vec<Role>,
    /// The region that the user sees, with everything under it; null for the whole register.
    #[schema(required)]
    region_code: Option<RegionCode>,
    /// The party for which the user works.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    party_id: Option<Id<kind::Party>>,
}

/// Tells the caller who they are.
#[utoipa::path(tag = "identity", operation_id = "get_me", security(("bearer" = ["me:read"])), responses(
    (status = 200, description = "The caller", body = MeResponse)))]
#[get("/v1/me")]
async fn me(asked: Reading) -> HttpResponse {
    let caller = asked.caller;
    HttpResponse::Ok().json(MeResponse {
        id: caller.user_id,
        username: caller.username,
        roles: caller.roles,
        region_code: caller.scope.region(),
        party_id: caller.party_id,
    })
}

/// The caller's present password, and the one to come.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct PasswordRequest {
    /// The present password.
    #[schema(min_length = 1, max_length = 128, format = Password, example = "seventh goat prefers green tea")]
    old_password: String,
    /// The new password.
    new_password: NewPassword,
}

/// Changes the caller's own password.
///
/// Every session of the caller's ends, on other machines too; the tokens of a new one come back. It needs no
/// `Idempotency-Key`: sent again, the old password is no longer right. Attempts are limited as those to sign in are.
#[utoipa::path(tag = "identity", operation_id = "change_password", security(("bearer" = ["me:write"])),
    request_body = PasswordRequest, responses(
    (status = 200, description = "The password was changed; the tokens of the new session", body = TokenResponse)))]
#[post("/v1/me/password")]
async fn change_password(
    request: HttpRequest,
    asked: Asking<PasswordRequest>,
) -> Result<HttpResponse, Problem> {
    let Asking { registry, caller, content, .. } = asked;
    let NoQuery {} = parse_query(&request)?;
    admit_attempt(&registry, &caller.username, &request)?;
    let old = Password::typed(content.old_password);
    let new = content.new_password.chosen(&caller.username, "/new_password");
    let _forgets = Forgets(registry.clone());
    let turn = registry.hashing.turn().await.map_err(too_many)?;
    let signed_in = identity::change_password(&registry.storage, caller, old, new, turn).await?;
    tokens(&registry, &signed_in)
}

/// A user to be made.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct UserRequest {
    /// The name to sign in with.
    username: Username,
    /// The password.
    password: NewPassword,
    /// What the user is.
    #[schema(min_items = 1, max_items = 7)]
    roles: Vec<Role>,
    /// The region that the user sees, with everything under it; absent for the whole register.
    region_code: Option<RegionCode>,
    /// The party for which the user works; the user cannot decide on its cases.
    #[schema(value_type = Option<uuid::Uuid>)]
    party_id: Option<Id<kind::Party>>,
}

/// What changes in a user; absent fields stay as they are.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(min_properties = 1)]
struct UserChangeRequest {
    /// A new password.
    #[serde(default)]
    #[schema(value_type = NewPassword)]
    password: Option<NewPassword>,
    /// New roles.
    #[serde(default)]
    #[schema(value_type = Vec<Role>, min_items = 1, max_items = 7)]
    roles: Option<Vec<Role>>,
    /// Whether the user can no longer sign in.
    #[serde(default)]
    #[schema(value_type = bool)]
    disabled: Option<bool>,
}

/// A user.
#[derive(Serialize, ToSchema)]
struct UserResponse {
    /// The identifier.
    #[schema(value_type = uuid::Uuid)]
    id: Id<kind::User>,
    /// The name to sign in with.
    #[schema(example = "officer")]
    username: String,
    /// What the user is.
    roles: Vec<Role>,
    /// The region that the user sees; null for the whole register.
    #[schema(required)]
    region_code: Option<RegionCode>,
    /// The party for which the user works.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    party_id: Option<Id<kind::Party>>,
    /// Whether the user can no longer sign in.
    disabled: bool,
    /// The version of this record.
    #[schema(example = 1)]
    version: i64,
    /// When the user was made.
    created_at: DateTime<Utc>,
}

impl From<User> for UserResponse {
    fn from(user: User) -> Self {
        Self {
            id: user.id,
            username: user.username,
            roles: user.roles,
            region_code: user.region_code,
            party_id: user.party_id,
            disabled: user.disabled,
            version: user.version,
            created_at: user.created_at,
        }
    }
}

impl Resource for UserResponse {
    fn location(&self) -> String {
        format!("/v1/users/{}", self.id)
    }

    fn version(&self) -> Option<i64> {
        Some(self.version)
    }

    fn subject(&self) -> Option<Id<kind::Subject>> {
        Some(self.id.seen_as())
    }
}

/// Hashes a new password in its turn, away from the threads that answer requests.
async fn hash(registry: &Registry, password: Password) -> Result<String, Problem> {
    let turn = registry.hashing.turn().await.map_err(too_many)?;
    let hashing = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        password.hash()
    });
    hashing.await.map_err(Problem::internal)?.map_err(Problem::internal)
}

/// Makes a user.
#[utoipa::path(tag = "identity", operation_id = "create_user", security(("bearer" = ["users:write"])), params(IdempotencyKey, DryRun),
    request_body = UserRequest, responses(
    (status = 201, description = "The user", body = UserResponse),
    (status = 403, description = "`out_of_scope`"),
    (status = 409, description = "`conflict`: the name is taken")))]
#[post("/v1/users")]
async fn create(act: Acting<UserRequest>) -> Result<HttpResponse, Problem> {
    let password_hash = match act.content().password.chosen(&act.content().username, "/password") {
        Ok(password) => Ok(hash(act.registry(), password).await?),
        Err(faults) => Err(faults),
    };
    act.perform(move |unit, _, caller, asked| {
        identity::admit(caller, asked.region_code)?;
        let mut faults = Vec::new();
        if let Some(region) = &asked.region_code {
            faults.extend(regions::unknown(unit, region, "/region_code")?);
        }
        if let Some(party) = asked.party_id {
            faults.extend(parties::unknown(unit, party, "/party_id")?);
        }
        let user = NewUser {
            username: asked.username.clone(),
            password_hash: Faults::with(password_hash.clone(), faults)?,
            roles: asked.roles.clone(),
            region_code: asked.region_code,
            party_id: asked.party_id,
        };
        Done::created(&UserResponse::from(identity::create(unit, caller, &user)?))
    })
    .await
}

/// Lists users.
#[utoipa::path(tag = "identity", operation_id = "list_users", security(("bearer" = ["users:read"])), params(PageQuery), responses(
    (status = 200, description = "Users of the caller's region", body = ListResponse<UserResponse>)))]
#[get("/v1/users")]
async fn list(asked: Listing<NoQuery, Id<kind::User>>) -> Result<HttpResponse, Problem> {
    asked
        .answer(
            |unit, caller, it| identity::list(unit, caller, it.after, it.limit),
            |it| it.id,
            UserResponse::from,
        )
        .await
}

/// Shows a user.
#[utoipa::path(tag = "identity", operation_id = "get_user", security(("bearer" = ["users:read"])), params(("id" = uuid::Uuid, Path, description = "The user")), responses(
    (status = 200, description = "The user", body = UserResponse)))]
#[get("/v1/users/{id}")]
async fn fetch(asked: Reading) -> Result<Fetched<UserResponse>, Problem> {
    let id = asked.id("id")?;
    asked.fetch(move |unit, caller, _| Ok(identity::find(unit, caller, id)?.into())).await
}

/// Changes a user.
///
/// Tokens that were made before no longer count.
#[utoipa::path(tag = "identity", operation_id = "change_user", security(("bearer" = ["users:write"])),
    params(("id" = uuid::Uuid, Path, description = "The user"), DryRun, IfMatch), request_body = UserChangeRequest, responses(
    (status = 200, description = "The user as it is now", body = UserResponse),
    (status = 409, description = "`conflict`: nobody would be left who manages the users of its region")))]
#[patch("/v1/users/{id}")]
async fn change(request: HttpRequest, change: Changing<UserChangeRequest>) -> Result<HttpResponse, Problem> {
    let id = id_in(&request, "id")?;
    let password_hash = match &change.content().password {
        Some(password) => Some(hash(change.registry(), password.typed()).await?),
        None => None,
    };
    let forgets = Forgets(change.registry().clone());
    change
        .perform(move |unit, caller, seen, asked| {
            let _once_done = &forgets;
            if let Some(password) = &asked.password {
                password.chosen(&identity::find(unit, caller, id)?.username, "/password")?;
            }
            let changed = ChangedUser {
                password_hash: password_hash.clone(),
                roles: asked.roles.clone(),
                disabled: asked.disabled,
            };
            Done::changed(&UserResponse::from(identity::change(unit, caller, id, seen, &changed)?))
        })
        .await
}

/// Lets every token be checked anew once the work is done that holds this, whatever became of the request.
struct Forgets(web::Data<Registry>);

impl Drop for Forgets {
    fn drop(&mut self) {
        self.0.tokens.forget_checked();
    }
}
