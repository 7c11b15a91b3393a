//! Who is asking, and what they may do: users, roles, permissions, regional scope, tokens and keys.

mod attempts;
mod caller;
pub mod delegations;
mod keyring;
mod keys;
mod passwords;
mod permissions;
mod refusal;
mod sessions;
mod sm2_statements;
mod statements;
mod store;
mod tokens;
mod users;

pub use attempts::{Hashing, SignInAttempts, TooManyAttempts, Turn};
pub use caller::{Caller, Denied};
pub use keyring::{FormerKeys, KeyFault, KeyName, Keyring, KeyringError};
pub use keys::{KeyError, Keys, Vault, log_key_files, make_log_keys, open_log_keys, remove_keys};
pub use passwords::{NewPassword, Password};
pub use permissions::{Permission, Role};
pub use refusal::Refusal;
pub(crate) use refusal::{reason, takes_over};
pub use sessions::{
    PasswordError, PasswordRefused, Refreshed, SessionError, SessionRefused, SignedIn, TokenInUse,
    change_password, forget_expired, known_refresh_token, not_handed_out, refresh, sign_in, sign_out,
    tokens_in_use,
};
pub use sm2_statements::{Sm2Jwk, Sm2Key};
pub use statements::{
    SecondSignature, Signer, StatedKeys, StatementError, StatementKey, StatementKeys, record_renewal,
};
pub use tokens::{ACCESS_TOKEN_LIFE, TokenError, Tokens};
pub use users::{
    ChangedUser, NewUser, User, UserError, UserRefused, admit, by_name, change, create, create_first, find,
    has_users, list,
};
