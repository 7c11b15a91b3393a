//! Who sent a request: the address of the other end of its connection, or where that is a proxy of this registry, the address for
//! which the proxy says that it asks. Nobody else's word is taken, since everybody may write what they like into a header.

use std::net::{IpAddr, SocketAddr};

use actix_web::http::header::{self, HeaderMap, HeaderName};
use ipnet::IpNet;

/// What most proxies add the address of their peer to.
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address of whoever sent a request through proxies of some networks.
///
/// Each proxy adds the address of its peer at the end, so the list is read from there: the first that is no trusted proxy is the
/// caller, and whatever stands before it is what the caller wrote. Where both headers are there and differ, one of them came from the
/// caller through a proxy that knows only the other, and neither is believed.
pub(crate) fn caller(peer: IpAddr, proxies: &[IpNet], headers: &HeaderMap) -> IpAddr {
    let peer = peer.to_canonical();
    let is_proxy = |it: &IpAddr| proxies.iter().any(|network| network.contains(it));
    if !is_proxy(&peer) {
        return peer;
    }
    let by = |named: Option<Vec<Option<IpAddr>>>| {
        let named = named?;
        let mut nearest = peer;
        for address in named.into_iter().rev() {
            // Beyond what cannot be read nothing is known.
            let Some(address) = address else { break };
            nearest = address;
            if !is_proxy(&address) {
                break;
            }
        }
        Some(nearest)
    };
    match (by(x_forwarded_for(headers)), by(forwarded(headers))) {
        (Some(one), Some(other)) if one != other => peer,
        (one, other) => one.or(other).unwrap_or(peer),
    }
}

/// The values of a header that is a list, in one text.
fn list(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let values: Vec<_> = headers.get_all(name).map(|it| it.to_str().unwrap_or("?")).collect();
    (!values.is_empty()).then(|| values.join(","))
}

/// The addresses of `X-Forwarded-For`, in its order; none for each that is no address.
fn x_forwarded_for(headers: &HeaderMap) -> Option<Vec<Option<IpAddr>>> {
    Some(list(headers, &X_FORWARDED_FOR)?.split(',').map(|it| address(it.trim())).collect())
}

/// The addresses of `Forwarded` (RFC 7239), in its order: the node `for` of each element.
fn forwarded(headers: &HeaderMap) -> Option<Vec<Option<IpAddr>>> {
    let list = list(headers, &header::FORWARDED)?;
    let node = |element: &str| {
        let pairs = element.split(';').filter_map(|it| it.trim().split_once('='));
        let mut nodes =
            pairs.filter(|(name, _)| name.eq_ignore_ascii_case("for")).map(|it| it.1.trim_matches('"'));
        let node = nodes.next()?;
        // An element names one node.
        nodes.next().is_none().then(|| address(node)).flatten()
    };
    Some(list.split(',').map(node).collect())
}

/// An address as proxies write it: alone, in brackets, or with a port.
fn address(text: &str) -> Option<IpAddr> {
    let alone = text.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or(text);
    let read = alone.parse().ok().or_else(|| text.parse().ok().map(|it: SocketAddr| it.ip()));
    read.map(|it: IpAddr| it.to_canonical())
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn told(peer: &str, headers: &[(&HeaderName, &str)]) -> String {
        let proxies = ["10.0.0.0/8", "fd00::1/128"].map(|it| it.parse().unwrap());
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append((*name).clone(), HeaderValue::from_str(value).unwrap());
        }
        caller(peer.parse().unwrap(), &proxies, &map).to_string()
    }

    #[test]
    fn only_a_proxy_of_the_registry_says_for_whom_it_asks() {
        let x = &X_FORWARDED_FOR;
        assert_eq!(told("203.0.113.9", &[(x, "198.51.100.1")]), "203.0.113.9", "a stranger is no proxy");
        assert_eq!(told("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(told("10.0.0.1", &[(x, "198.51.100.1")]), "198.51.100.1");
        assert_eq!(told("::ffff:10.0.0.1", &[(x, "198.51.100.1:4711")]), "198.51.100.1");
        assert_eq!(told("fd00::1", &[(x, "2001:db8::1")]), "2001:db8::1");
        assert_eq!(told("fd00::2", &[(x, "2001:db8::1")]), "fd00::2");
    }

    #[test]
    fn what_the_caller_wrote_stands_before_what_the_proxies_added() {
        let x = &X_FORWARDED_FOR;
        assert_eq!(told("10.0.0.1", &[(x, "1.1.1.1, 198.51.100.1, 10.2.3.4")]), "198.51.100.1");
        assert_eq!(told("10.0.0.1", &[(x, "1.1.1.1"), (x, "198.51.100.1")]), "198.51.100.1");
        assert_eq!(told("10.0.0.1", &[(x, "10.9.9.9, 10.2.3.4")]), "10.9.9.9", "all of them are proxies");
        assert_eq!(told("10.0.0.1", &[(x, "1.1.1.1, nobody, 10.2.3.4")]), "10.2.3.4");
        assert_eq!(told("10.0.0.1", &[(x, "nobody")]), "10.0.0.1");
    }

    #[test]
    fn forwarded_is_read_as_its_standard_says() {
        let (x, f) = (&X_FORWARDED_FOR, &header::FORWARDED);
        assert_eq!(told("10.0.0.1", &[(f, "For=\"[2001:db8:cafe::17]:4711\"")]), "2001:db8:cafe::17");
        assert_eq!(told("10.0.0.1", &[(f, "for=\"[2001:db8::1]\";proto=https")]), "2001:db8::1");
        assert_eq!(
            told("10.0.0.1", &[(f, "for=1.1.1.1, for=192.0.2.60;proto=http;by=10.0.0.1")]),
            "192.0.2.60"
        );
        for unknown in ["for=unknown", "for=_hidden", "by=1.1.1.1", "", "for=1.1.1.1;for=2.2.2.2"] {
            assert_eq!(told("10.0.0.1", &[(f, unknown)]), "10.0.0.1", "{unknown}");
        }
        assert_eq!(told("10.0.0.1", &[(x, "192.0.2.60"), (f, "for=192.0.2.60")]), "192.0.2.60");
        assert_eq!(
            told("10.0.0.1", &[(x, "192.0.2.60"), (f, "for=1.1.1.1")]),
            "10.0.0.1",
            "one is the caller's"
        );
    }
}
