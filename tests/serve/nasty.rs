//! Invalid requests.

use serde_json::Value;

use super::apis::{API, credentials};
use super::http::Client;
use super::{UNLIMITED, get, mail, parsed, post, start};

/// Returns invalid requests as bytes. The server responds to each with a status below 500, or closes the connection, as its
/// HTTP library does if the bytes are not a request.
fn invalid_requests() -> Vec<Vec<u8>> {
    let mut requests: Vec<Vec<u8>> = [
        "GET\r\n\r\n",
        "\r\n\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "GET /api/stats HTTP/1.1\r\nhost: x\r\nhost: y\r\n\r\n",
        "GET /api/stats HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
        "GET /api/stats HTTP/1.1\r\ncontent-length: 99999999999999999999\r\n\r\n",
        "POST /events HTTP/1.1\r\nauthorization: Bearer sk_acme\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        "POST /query HTTP/1.1\r\nauthorization: Bearer sk_acme\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        "GET /api/stats HTTP/1.1\r\nauthorization:\r\n\r\n",
        "GET /api/stats HTTP/1.1\r\napi-token: \u{e9}\u{fc}\r\n\r\n",
        "GET /%%%%/%zz?%=%&&=&=%ff HTTP/1.1\r\n\r\n",
        "GET //api//stats?start_date HTTP/1.1\r\n\r\n",
        "GET http://elsewhere.example/api/stats HTTP/1.1\r\nhost: x\r\n\r\n",
        "CONNECT /api/stats HTTP/1.1\r\nhost: x\r\n\r\n",
        "CONNECT elsewhere.example:443 HTTP/1.1\r\nhost: x\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nhost: x\r\n\r\n",
        "TRACE / HTTP/1.1\r\nhost: x\r\n\r\n",
        "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec();
    requests.push(format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(100_000)).into());
    requests.push(format!("GET / HTTP/1.1\r\n{}\r\n", "x: y\r\n".repeat(10_000)).into());
    requests.push([&b"GET /api/v1/messages/\xff\xfe HTTP/1.1\r\n\r\n"[..], &[0; 100]].concat());
    requests
}

/// Invalid parameters, for every endpoint.
const INVALID_QUERIES: [&str; 12] = [
    "start_date=9999-12-31&end_date=0001-01-01",
    "start_date=-262144-01-01&end_date=+262143-12-31",
    "start_date=2026-02-30&end_date=2026-02-31&from=x&to=y&days=-1&period=%00",
    "from=0000-00-00&to=99999-01-01&domain_id=-9223372036854775809",
    "days=99999999999999999999999&period=1d&period=2d",
    "start_date[]=1&end_date[a][b]=2&categories[][]=3",
    "event=%ff&start=1e999&end=-1&resolution=year&duration=99999999999m",
    "event=delivered&start=Mon%2C+99+Feb+2025&limit=18446744073709551616",
    "event=delivered&duration=0d&filter=domain%3A&group=group",
    "from=2026-02-01T25:61:61Z&to=infinity",
    "%F0%9F%92%A9=%F0%9F%92%A9&&&&=====",
    "x[0][1][2][3][4][5][6][7][8][9]=y",
];

#[test]
fn no_request_causes_a_server_error() {
    let server = start("nasty", UNLIMITED);
    post(&server, "/events", "sk_acme", &mail("acme", 3));
    for request in invalid_requests() {
        let mut client = Client::connect(server.address).unwrap();
        // The server can close the connection before it has read everything.
        let _ = client.send(&request);
        let _ = client.stop_sending();
        let answer = client.rest().unwrap_or_default();
        let shown = request[..request.len().min(80)].escape_ascii().to_string();
        let status = answer.get(9..12).map(|status| String::from_utf8_lossy(status).into_owned());
        assert!(status.as_deref().is_none_or(|status| status < "500"), "{shown}: {status:?}");
    }
    let mut client = Client::connect(server.address).unwrap();
    for target in API.iter().flat_map(|api| api.requests).filter(|target| !target.starts_with("POST")) {
        let path = target.split('?').next().unwrap();
        for query in INVALID_QUERIES {
            let target = format!("{path}?{query}");
            let header = credentials(&target, "sk_acme");
            let reply = client.ask("GET", &target, &[(header.0, &header.1)], b"").unwrap();
            assert!(reply.status < 500, "{target}: {reply:?}");
            let _: Value =
                serde_json::from_str(&reply.body).unwrap_or_else(|_| panic!("{target}: {reply:?}"));
        }
    }
    for body in [&b"\xff\xfe\0"[..], b"[[[[[[[[", b"{\"period\":{}}", b"null", &[b'['; 10_000], &[0; 5000]] {
        for path in ["/query", "/events", "/v1/analytics/metrics", "/v1/analytics/usage/metrics"] {
            let header = credentials(path, "sk_acme");
            let reply = client.ask("POST", path, &[(header.0, &header.1)], body).unwrap();
            assert!(reply.status < 500, "{path}: {reply:?}");
        }
    }
    let after = get(&server, "/api/v1/mail/stats", "sk_acme");
    assert_eq!(parsed(&after)["data"]["total"], 3);
    assert!(!server.log().contains("panicked"), "{}", server.log());
}
