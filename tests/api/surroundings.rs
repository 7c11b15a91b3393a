//! What a registry lives among: a log that nobody reads, and strangers who ask for what is not there.

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use reqwest::Method;

use crate::town::Town;

/// A second server of a town, as an administrator starts one.
struct Server {
    process: Child,
    base_url: String,
}

impl Server {
    async fn of(town: &Town) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap().to_string();
        drop(socket);
        let process = Command::new(env!("CARGO_BIN_EXE_sanquan"))
            .arg("--data-dir")
            .arg(&town.settings.data_dir)
            .args(["--database-url", &town.settings.database(), "--listen", &address, "serve"])
            .env("SANQUAN_LOG__FILTER", "info")
            .env("SANQUAN_HTTP__TIMEOUT_SECONDS", "120")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let server = Self { process, base_url: format!("http://{address}") };
        let client = reqwest::Client::new();
        while client.get(format!("{}/healthz", server.base_url)).send().await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        server
    }

    async fn ends(mut self) {
        let signalled = Command::new("kill").arg(self.process.id().to_string()).status().unwrap();
        assert!(signalled.success());
        let asked = Instant::now();
        let code = loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                break status.code();
            }
            assert!(asked.elapsed() < Duration::from_secs(60), "it does not end");
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        assert_eq!(code, Some(0));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub async fn a_log_that_nobody_reads_stops_nobody(town: Town) {
    let mut server = Server::of(&town).await;
    let officer = town.officer().of(&server.base_url);
    let refusals = async |times: usize| {
        for _ in 0..times {
            let nobody = format!("/v1/parties/{}", uuid::Uuid::now_v7());
            officer.gets(&nobody).await.expect_problem(404, "not_found");
        }
    };
    // More than a pipe holds, each with a line of its own.
    refusals(1_000).await;
    // Whoever could have read it goes away.
    drop(server.process.stderr.take());
    refusals(20).await;
    let metrics = officer.gets("/metrics").await.expect(200);
    assert!(metrics.as_str().unwrap().contains("sanquan_log_lines_dropped_total "), "{metrics}");
    officer.gets("/readyz").await.expect(200);
    server.ends().await;
}

pub async fn strangers_leave_no_trace_that_grows(town: Town) {
    let stranger = town.somebody(None);
    let invented = join_all((0..50).map(|number| {
        let method = Method::from_bytes(format!("INVENTED{number}").as_bytes()).unwrap();
        stranger.request(method, "/v1/parties").send()
    }))
    .await;
    assert!(invented.into_iter().all(|it| it.unwrap().status() == 405));
    let metrics = stranger.gets("/metrics").await.expect(200);
    let metrics = metrics.as_str().unwrap();
    assert!(!metrics.contains("INVENTED"), "{metrics}");
    assert!(metrics.contains("method=\"other\",route=\"/v1/parties\",status=\"405\""), "{metrics}");
}
