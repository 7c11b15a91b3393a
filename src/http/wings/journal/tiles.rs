//! The log at the addresses of C2SP `tlog-tiles`, below `/v1/journal/tiles`: the last checkpoint, the tree in tiles of 256
//! hashes, the entries in bundles of 256.

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header::{CACHE_CONTROL, HeaderValue},
};
use utoipa::ToSchema;

use crate::{
    http::{
        shell::{
            ask::{NoQuery, PublicReading, Reading},
            problem::{Code, Problem},
            routes::Routes,
        },
        wings::journal::proofs::note_answer,
    },
    identity::Permission,
    journal::{
        self,
        bundle::{Part, add_entry, hash_tile},
        tree::width_of_level,
    },
    storage::{Read, StorageError},
    values::Scope,
};

pub(super) fn routes(config: &mut impl Routes) {
    // An address that is written out goes before one that fits a pattern.
    config.service(checkpoint).service(entries).service(hashes);
}

/// Gives the last checkpoint, as the log's readers look for it.
///
/// The same as `GET /v1/journal/checkpoint`, at the address that C2SP `tlog-tiles` gives it below its prefix.
#[utoipa::path(tag = "journal", operation_id = "get_journal_tiles_checkpoint", security(()), responses(
    (status = 200, description = "The checkpoint", body = String, content_type = "text/plain"),
    (status = 404, description = "Nothing was signed yet")))]
#[get("/v1/journal/tiles/checkpoint")]
async fn checkpoint(asked: PublicReading<NoQuery>) -> Result<HttpResponse, Problem> {
    let note = asked.reader.snapshot(|unit| journal::checkpoint(unit, None)).await?;
    note.map(note_answer).ok_or_else(|| Problem::new(Code::NotFound))
}

/// Hashes of 32 bytes, one behind the other.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "it only documents the answer")]
struct HashTile(Vec<u8>);

/// Log entries, each behind its length in two bytes.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "it only documents the answer")]
struct EntryBundle(Vec<u8>);

/// The part that an address names, if it is one of the log.
fn part(request: &HttpRequest) -> Result<Part, Problem> {
    request.match_info().query("index").parse().map_err(|_| Problem::new(Code::NotFound))
}

/// How long anybody may keep what is whole.
const FOR_ALL: &str = "public, max-age=31536000, immutable";
/// How long whoever asked may keep what is whole.
const FOR_ONE: &str = "private, max-age=31536000, immutable";

/// What is whole will never change; what is not yet will be replaced.
fn bytes(part: Part, for_whom: &'static str, bytes: Vec<u8>) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response.content_type("application/octet-stream");
    if part.is_whole() {
        response.insert_header((CACHE_CONTROL, HeaderValue::from_static(for_whom)));
    }
    response.body(bytes)
}

/// Refuses what lies beyond the last checkpoint: nobody could check it.
fn signed_for(unit: &mut Read<'_>, level: u8, part: Part) -> Result<(), Problem> {
    let signed = u64::try_from(journal::signed_size(unit)?).unwrap_or(0);
    if part.range().end <= width_of_level(level, signed) { Ok(()) } else { Err(Problem::new(Code::NotFound)) }
}

/// Gives a tile of the tree.
///
/// `{index}` is the place of the tile in groups of three digits, such as `x001/x234/067`, with `.p/W` behind it where only
/// `W` of its 256 hashes are there. A whole tile never changes. Anybody may have it, without a token: from a hash nobody can tell
/// what an entry says.
#[utoipa::path(tag = "journal", operation_id = "get_journal_tile", security(()), extensions(("x-may-lag" = json!(true))), params(
    ("level" = i32, Path, description = "The level of tiles: 0 for the leaves", minimum = 0, maximum = 63, example = 0),
    ("index" = String, Path, description = "The place of the tile", example = "x001/234.p/5")), responses(
    (status = 200, description = "The hashes", body = HashTile, content_type = "application/octet-stream")))]
#[get("/v1/journal/tiles/tile/{level}/{index:.*}")]
async fn hashes(asked: PublicReading<NoQuery>) -> Result<HttpResponse, Problem> {
    let text = asked.request.match_info().query("level");
    let level: u8 = text.parse().map_err(|_| Problem::new(Code::NotFound))?;
    if level.to_string() != text {
        return Err(Problem::new(Code::NotFound));
    }
    let part = part(&asked.request)?;
    let read = move |unit: &mut Read<'_>| -> Result<Vec<u8>, Problem> {
        signed_for(unit, level, part)?;
        let hashes = journal::hashes(unit, level, part.range())?;
        whole(part, hashes.len())?;
        Ok(hash_tile(&hashes))
    };
    Ok(bytes(part, FOR_ALL, asked.reader.snapshot(read).await?))
}

/// Gives a bundle of log entries.
///
/// Only to those whose scope is the whole register, since a bundle has the entries of all regions; `{index}` is written as
/// for tiles. An entry commits to its content by `content_sha256`; contents are read at `GET /v1/journal`.
#[utoipa::path(tag = "journal", operation_id = "get_journal_entry_bundle", security(("bearer" = ["journal:read"])), extensions(("x-may-lag" = json!(true))), params(
    ("index" = String, Path, description = "The place of the tile whose entries are wanted", example = "x001/234.p/5")), responses(
    (status = 200, description = "The entries", body = EntryBundle, content_type = "application/octet-stream"),
    (status = 403, description = "`out_of_scope`: the caller sees only part of the register")))]
#[get("/v1/journal/tiles/tile/entries/{index:.*}")]
async fn entries(asked: Reading<NoQuery>) -> Result<HttpResponse, Problem> {
    if asked.caller.permit(Permission::JournalRead)? != Scope::WHOLE {
        return Err(Problem::new(Code::OutOfScope).saying(
            "日志条目涉及所有区域，仅限管辖区域不受限制的人员查阅；请由这样的审计人员办理。",
            "A bundle has the entries of all regions; it is for those who see the whole register.",
        ));
    }
    let part = part(&asked.request)?;
    let read = move |unit: &mut Read<'_>| -> Result<Vec<u8>, Problem> {
        signed_for(unit, 0, part)?;
        let found = journal::sealed(unit, &part.range())?;
        whole(part, found.len())?;
        let mut bundle = Vec::new();
        for entry in &found {
            add_entry(&mut bundle, &entry.body.header()?).map_err(Problem::internal)?;
        }
        Ok(bundle)
    };
    Ok(bytes(part, FOR_ONE, asked.reader.snapshot(read).await?))
}

/// All that was signed for is there.
fn whole(part: Part, found: usize) -> Result<(), StorageError> {
    let wanted = part.range().end.saturating_sub(part.range().start);
    if u64::try_from(found) == Ok(wanted) {
        Ok(())
    } else {
        Err(StorageError::Corrupt(format!("part {part} of the journal has gaps")))
    }
}
