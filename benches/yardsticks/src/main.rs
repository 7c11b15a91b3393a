//! The yardsticks of `benches/run`: what the framework and SQLite do by themselves. And the large registers of `benches/scale`.

mod engine;
mod seed;
mod writing;

use std::{io::Write as _, path::Path};

use actix_web::{App, HttpResponse, HttpServer, web};

use engine::Outcome;
use seed::Wanted;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["framework", bodies] => framework(Path::new(bodies)),
        ["engine", database, case, seconds, loops] => {
            println!("{}", engine::rate(database, case, seconds.parse()?, loops.parse()?)?);
            Ok(())
        }
        ["seed", base, marks, groups, chains, waiting, into @ ..] if into.len() < 2 => {
            let (groups, chains, waiting) = (groups.parse()?, chains.parse()?, waiting.parse()?);
            seed::seed(&Wanted { base, marks, groups, chains, waiting }, into.first().copied())
        }
        ["writing", database, entries] => {
            println!("{}", writing::rate(database, entries.parse()?)?);
            Ok(())
        }
        _ => Err("framework FOLDER | engine DATABASE asset|rights|page|receipt SECONDS LOOPS | \
             writing DATABASE ENTRIES | seed BASE MARKS GROUPS CHAINS WAITING [DATABASE]"
            .into()),
    }
}

/// Answers at the registry's addresses with the bodies of a folder, and prints where it listens.
fn framework(folder: &Path) -> Outcome<()> {
    let body = |name: &str| std::fs::read(folder.join(name).with_extension("json")).map(web::Bytes::from);
    let (asset, rights, page, receipt) = (body("asset")?, body("rights")?, body("page")?, body("receipt")?);
    let get = |body: &web::Bytes| {
        let body = body.clone();
        web::get().to(move || {
            let body = body.clone();
            async move { HttpResponse::Ok().content_type("application/json").body(body) }
        })
    };
    let post = |body: &web::Bytes| {
        let body = body.clone();
        web::post().to(move |_: web::Bytes| {
            let body = body.clone();
            async move { HttpResponse::Created().content_type("application/json").body(body) }
        })
    };
    actix_web::rt::System::new().block_on(async {
        let server = HttpServer::new(move || {
            App::new()
                .route("/v1/assets", get(&page))
                .route("/v1/assets/{id}", get(&asset))
                .route("/v1/assets/{id}/rights", get(&rights))
                .route("/v1/receipts", post(&receipt))
        })
        .bind("127.0.0.1:0")?;
        println!("{}", server.addrs()[0]);
        std::io::stdout().flush()?;
        server.run().await
    })?;
    Ok(())
}
