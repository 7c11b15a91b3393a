//! A wire between a registry and its database, in which things get stuck: what is sent into it is taken and goes nowhere, as behind a
//! network that swallows it, or a pooler whose server stands still.

use std::{
    io::{Read as _, Write as _},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use url::Url;

/// What gets stuck.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stuck {
    Nothing,
    /// Whatever is sent on connections that are new.
    New,
    /// Every statement; connections are let in.
    Statements,
    /// Every commit.
    Commits,
    Everything,
    /// The wire is taken away.
    Gone,
}

/// A wire to a server, for one story.
pub(crate) struct Wire {
    port: u16,
    stuck: Arc<Mutex<Stuck>>,
}

impl Wire {
    /// Lays a wire to the server of a URL.
    pub(crate) fn to(url: &str) -> Self {
        let url = Url::parse(url).unwrap();
        let server = (url.host_str().unwrap().to_owned(), url.port().unwrap_or(5432));
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = socket.local_addr().unwrap().port();
        let stuck = Arc::new(Mutex::new(Stuck::Nothing));
        let wire = Self { port, stuck: Arc::clone(&stuck) };
        thread::spawn(move || {
            for taken in socket.incoming() {
                let Ok(client) = taken else { continue };
                if now(&stuck) == Stuck::Gone {
                    break;
                }
                let (server, stuck) = (server.clone(), Arc::clone(&stuck));
                thread::spawn(move || carry(client, &server, &stuck));
            }
        });
        wire
    }

    pub(crate) fn gets_stuck(&self, what: Stuck) {
        *self.stuck.lock().unwrap_or_else(PoisonError::into_inner) = what;
    }

    /// The URL of a database at the end of this wire.
    pub(crate) fn url(&self, url: &str) -> String {
        let mut url = Url::parse(url).unwrap();
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(self.port)).unwrap();
        url.into()
    }

    /// A URL that names this wire first, and the server itself next.
    pub(crate) fn url_before(&self, url: &str) -> String {
        let of_server = Url::parse(url).unwrap();
        let (host, port) = (of_server.host_str().unwrap(), of_server.port().unwrap_or(5432));
        self.url(url).replacen(
            &format!("127.0.0.1:{}", self.port),
            &format!("127.0.0.1:{},{host}:{port}", self.port),
            1,
        )
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.gets_stuck(Stuck::Gone);
        // Whoever waits for the next client sees it then.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn now(stuck: &Mutex<Stuck>) -> Stuck {
    *stuck.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits while something is stuck; whether the wire is still there then.
fn waits(stuck: &Mutex<Stuck>, is_stuck: impl Fn(Stuck) -> bool) -> bool {
    while is_stuck(now(stuck)) {
        thread::sleep(Duration::from_millis(10));
    }
    now(stuck) != Stuck::Gone
}

fn carry(client: TcpStream, server: &(String, u16), stuck: &Arc<Mutex<Stuck>>) {
    if !waits(stuck, |it| matches!(it, Stuck::New | Stuck::Everything)) {
        return;
    }
    let Ok(server) = TcpStream::connect((server.0.as_str(), server.1)) else { return };
    let (Ok(from_client), Ok(from_server)) = (client.try_clone(), server.try_clone()) else { return };
    let there = Arc::clone(stuck);
    thread::spawn(move || {
        // A statement begins with one of these; what a client says before, such as who it is, does not.
        one_way(from_client, server, &there, |what, sent| match what {
            Stuck::Everything => true,
            Stuck::Statements => matches!(sent.first(), Some(b'Q' | b'P' | b'B')),
            Stuck::Commits => sent.first() == Some(&b'Q') && sent.windows(7).any(|it| it == b"COMMIT\0"),
            Stuck::Nothing | Stuck::New | Stuck::Gone => false,
        });
    });
    one_way(from_server, client, stuck, |what, _| what == Stuck::Everything);
}

fn one_way(mut from: TcpStream, mut to: TcpStream, stuck: &Mutex<Stuck>, is_stuck: fn(Stuck, &[u8]) -> bool) {
    let mut buffer = [0; 16 << 10];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        let sent = &buffer[..length];
        if !waits(stuck, |it| is_stuck(it, sent)) || to.write_all(sent).is_err() {
            break;
        }
    }
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}
